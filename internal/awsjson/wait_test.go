package awsjson_test

import (
	"context"
	"sync"
	"testing"

	"muster/internal/access"
	"muster/internal/awsjson"
	"muster/internal/ssmapi"
)

// TestWhoWaitsHoldsNothing has more callers wait than there is room for, and another call go through.
func TestWhoWaitsHoldsNothing(t *testing.T) {
	t.Parallel()
	const waiting = 8
	var entered sync.WaitGroup
	entered.Add(waiting)
	enough := make(chan struct{})
	a := serve(t, awsjson.Config{Coders: 1, BodyBudget: 100},
		awsjson.Handle(access.PutInventory, put),
		awsjson.HandleWait(access.DeleteInventory, func(context.Context, access.Caller, *ssmapi.PutInventoryInput) (*ssmapi.PutInventoryOutput, error) {
			entered.Done()
			<-enough
			return &ssmapi.PutInventoryOutput{}, nil
		}))
	var calls sync.WaitGroup
	for range waiting {
		r := a.signed(t, "AKIAADMIN", access.DeleteInventory, goodPut)
		calls.Go(func() {
			answer, err := a.Client().Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
			if answer.StatusCode != 200 {
				t.Errorf("got %s", answer.Status)
			}
		})
	}
	entered.Wait()
	if used := a.Config.Handler.(*awsjson.Handler).BodyBudgetUsed(); used != 0 {
		t.Errorf("those who wait hold %d bytes", used)
	}
	if answer, text := a.do(t, a.signed(t, "AKIAADMIN", access.PutInventory, goodPut)); answer.StatusCode != 200 {
		t.Errorf("got %s %s", answer.Status, text)
	}
	close(enough)
	calls.Wait()
}
