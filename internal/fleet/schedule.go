package fleet

import (
	"time"

	"muster"
	"muster/internal/document"
)

// strictRate is the shortest interval that AWS takes for an association.
const strictRate = 30 * time.Minute

// checkSchedule refuses what the agent would.
func checkSchedule(schedule string, strict bool) error {
	s, err := document.ParseSchedule(schedule)
	if err != nil {
		return muster.ErrSchedule(schedule, err.Error())
	}
	if every := s.Every(); strict && every > 0 && every < strictRate {
		return muster.ErrSchedule(schedule, "the shortest interval is 30 minutes")
	}
	return nil
}
