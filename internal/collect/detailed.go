package collect

import (
	"context"
	"strconv"

	"muster"
)

// detailedInformation is the one entry of AWS:InstanceDetailedInformation. Its numbers may be empty, as the AWS agent's are
// where it does not know them.
func detailedInformation(_ context.Context, h Host, _ Options) (found, error) {
	p := h.Processor
	if p == (Processor{}) {
		return found{}, errAbsent
	}
	hyperThreading := ""
	if p.Cores > 0 {
		hyperThreading = strconv.FormatBool(p.CPUs > p.Cores)
	}
	return found{entries: []muster.Entry{entry(
		"CPUModel", p.Model,
		"CPUSpeedMHz", number(p.MHz),
		"CPUs", number(p.CPUs),
		"CPUSockets", number(p.Sockets),
		"CPUCores", number(p.Cores),
		"CPUHyperThreadEnabled", hyperThreading,
		"OSServicePack", "",
		"KernelVersion", h.Kernel,
	)}}, nil
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
