package fleet

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/cronexpr"

	"muster"
)

// strictRate is the shortest interval that AWS takes for an association.
const strictRate = 30 * time.Minute

var rate = regexp.MustCompile(`^rate\(([0-9]{1,6}) (minute|hour|day)s?\)$`)

var units = map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// checkSchedule refuses what the agent would: anything but rate(N unit) and cron(fields), of which there are six, or seven with
// the seconds before them. The agent reads cron by a parser of the same descent as ours.
func checkSchedule(schedule string, strict bool) error {
	if fields, ok := strings.CutPrefix(schedule, "cron("); ok && strings.HasSuffix(fields, ")") {
		return checkCron(schedule, strings.TrimSuffix(fields, ")"))
	}
	m := rate.FindStringSubmatch(schedule)
	if m == nil {
		return muster.ErrSchedule(schedule, "it is neither rate(number unit), with minutes, hours or days, nor cron(fields)")
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n == 0 {
		return muster.ErrSchedule(schedule, "the interval is zero")
	}
	if strict && time.Duration(n)*units[m[2]] < strictRate {
		return muster.ErrSchedule(schedule, "the shortest interval is 30 minutes")
	}
	return nil
}

func checkCron(schedule, fields string) error {
	if n := len(strings.Fields(fields)); n < 6 || n > 7 {
		return muster.ErrSchedule(schedule, "cron has six fields: minutes, hours, day of month, month, day of week and year")
	}
	if _, err := cronexpr.Parse(fields); err != nil {
		return muster.ErrSchedule(schedule, err.Error())
	}
	return nil
}
