package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"muster"
	"muster/internal/store"
)

// BenchmarkOneFingerprint is what a fleet costs whose machines were all made of one image, and so have one fingerprint, beside one
// whose machines have their own: to register them, to hear of each once more, to look at them in the background, and to load them.
func BenchmarkOneFingerprint(b *testing.B) {
	const nodes = 4000
	ctx := context.Background()
	for _, kind := range []string{"own", "one"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				memory := store.NewMemory()
				config := Config{Store: memory, Log: slog.New(slog.DiscardHandler)}
				f, err := Open(ctx, config)
				if err != nil {
					b.Fatal(err)
				}
				ids := make([]muster.NodeID, nodes)
				for i := range nodes {
					fingerprint := "f"
					if kind == "own" {
						fingerprint = fmt.Sprint(i)
					}
					if ids[i], err = f.Register(ctx, here, "Fleet", nil, Machine{madeUpKey(b, i), fingerprint}); err != nil {
						b.Fatal(err)
					}
				}
				for _, id := range ids {
					if err := f.Ping(ctx, here, id, agentSays); err != nil {
						b.Fatal(err)
					}
				}
				for range 10 {
					if err := f.Work(ctx); err != nil {
						b.Fatal(err)
					}
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
				memory.Reopen()
				if f, err = Open(ctx, config); err != nil {
					b.Fatal(err)
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
