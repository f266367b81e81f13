//go:build !linux

package collect

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/host"
)

// describe asks the library. Each thing it cannot tell stays empty: the rest is worth a report.
func describe(ctx context.Context, h *Host) {
	h.Root = os.DirFS(root())
	h.Platform.Type = map[string]string{"windows": "Windows", "darwin": "MacOS"}[runtime.GOOS]
	if info, err := host.InfoWithContext(ctx); err == nil {
		h.Platform.Name = text(info.Platform)
		h.Platform.Version = text(info.PlatformVersion)
		h.Kernel = text(info.KernelVersion)
		h.MachineID = info.HostID
	}
	if infos, err := cpu.InfoWithContext(ctx); err == nil && len(infos) > 0 {
		h.Processor.Model = text(infos[0].ModelName)
		h.Processor.MHz = int(infos[0].Mhz)
	}
	h.Processor.CPUs, _ = cpu.CountsWithContext(ctx, true)
	h.Processor.Cores, _ = cpu.CountsWithContext(ctx, false)
}

// root is where the operating system lives: "/", or the drive that Windows booted from.
func root() string {
	if drive := filepath.VolumeName(os.Getenv("SystemRoot")); drive != "" {
		return drive + `\`
	}
	return "/"
}
