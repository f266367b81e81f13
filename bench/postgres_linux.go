package main

import "syscall"

// stopWithUs has the kernel stop the server at once when we are killed and cannot do it.
func stopWithUs(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
