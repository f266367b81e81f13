package collect

import (
	"context"
	"os"
)

func describe(_ context.Context, h *Host) {
	describeLinux(h, os.DirFS("/"))
}
