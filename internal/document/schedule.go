package document

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/cronexpr"
)

// Schedule says when a document is to run again.
type Schedule struct {
	every time.Duration        // if cron is nil
	cron  *cronexpr.Expression // in UTC
}

var rate = regexp.MustCompile(`^rate\(([0-9]{1,6}) (minute|hour|day)s?\)$`)

var units = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// longestRate is what any longer interval comes to.
const longestRate = 100 * 365 * 24 * time.Hour

// ParseSchedule reads what amazon-ssm-agent does: rate(N unit), and cron(fields) with six fields, or seven with the seconds before
// them. The agent reads cron by a parser of the same descent as ours. The error is the reason alone.
func ParseSchedule(text string) (Schedule, error) {
	if fields, ok := strings.CutPrefix(text, "cron("); ok && strings.HasSuffix(fields, ")") {
		return parseCron(strings.TrimSuffix(fields, ")"))
	}
	m := rate.FindStringSubmatch(text)
	if m == nil {
		return Schedule{}, errors.New("it is neither rate(number unit), with minutes, hours or days, nor cron(fields)")
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 {
		return Schedule{}, errors.New("the interval is zero")
	}
	unit := units[m[2]]
	return Schedule{every: min(time.Duration(n), longestRate/unit) * unit}, nil
}

func parseCron(fields string) (Schedule, error) {
	if n := len(strings.Fields(fields)); n < 6 || n > 7 {
		return Schedule{}, errors.New("cron has six fields: minutes, hours, day of month, month, day of week and year")
	}
	cron, err := cronexpr.Parse(fields)
	return Schedule{cron: cron}, err
}

// Every is the interval of a rate, zero of a cron.
func (s Schedule) Every() time.Duration { return s.every }

// Next is when a document that last ran then is due, zero if it never is again.
func (s Schedule) Next(last time.Time) time.Time {
	if s.cron == nil {
		return last.Add(s.every)
	}
	return s.cron.Next(last.UTC())
}
