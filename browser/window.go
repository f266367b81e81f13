package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is a browser, which starts with its first window and ends with the context or the cancel.
func chromium(ctx context.Context) (context.Context, context.CancelFunc) {
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	if os.Geteuid() == 0 { // whom Chromium's sandbox does not serve
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	ctx, cancel := chromedp.NewContext(ctx)
	return ctx, func() { cancel(); stop() }
}

// window is a page of a browser that shares no cookies with others. It notes what goes wrong in it.
type window struct {
	context.Context
	origin string

	mu       sync.Mutex
	noted    []error
	forgiven map[string]bool
}

// openWindow opens one for the server at the origin, "http://127.0.0.1:8181". It is closed with the browser, or by the cancel.
func openWindow(browser context.Context, origin string) (*window, context.CancelFunc, error) {
	if _, err := chromedp.Targets(browser); err != nil {
		return nil, nil, fmt.Errorf("start a browser: %w", err)
	}
	w := &window{origin: origin}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(w.watch))
	w.Context = ctx
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		cancel()
		return nil, nil, fmt.Errorf("open a window: %w", err)
	}
	return w, cancel, w.do(chromedp.EmulateViewport(1280, 900))
}

// watch notes errors in the console, dialogs, and requests to anybody but the server.
func (w *window) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		w.note("a script failed: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		w.note("a script has something to tell the console: %s", e.Type)
	case *log.EventEntryAdded:
		if (e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning) && !w.forgives(e.Entry.URL) {
			w.note("the log says: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		w.note("a dialog says: %s", e.Message)
	case *network.EventRequestWillBeSent:
		if to, err := url.Parse(e.Request.URL); err != nil || to.Scheme+"://"+to.Host != w.origin {
			w.note("a request went to %s", e.Request.URL)
		}
	}
}

// forgive has a page of the server be one that says what is wrong, with a status that the log tells of.
func (w *window) forgive(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.forgiven == nil {
		w.forgiven = map[string]bool{}
	}
	w.forgiven[w.origin+path] = true
}

func (w *window) forgives(url string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.forgiven[url]
}

func (w *window) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noted = append(w.noted, fmt.Errorf(format, args...))
}

// faults gives what was noted since it was asked last.
func (w *window) faults() []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	noted := w.noted
	w.noted = nil
	return noted
}

// do carries out actions, one after the other.
func (w *window) do(actions ...chromedp.Action[chromedp.Void]) error {
	return chromedp.Do(w, actions...)
}

// visit goes to a page of the server.
func (w *window) visit(path string) error { return w.do(chromedp.Navigate(w.origin + path)) }

// load does what leads to another page, and waits until that is there.
func (w *window) load(actions ...chromedp.Action[chromedp.Void]) error {
	_, err := chromedp.RunResponse(w, actions...)
	return err
}

// signIn fills in the form.
func (w *window) signIn(keyID, secret string) error {
	if err := w.visit("/ui/sign-in"); err != nil {
		return err
	}
	return w.load(chromedp.SetValue(css("#key"), keyID), chromedp.SetValue(css("#secret"), secret), chromedp.Click(css("button.main")))
}

func css(selector string) chromedp.CSS { return chromedp.CSS(selector) }

// evaluate gives the value of an expression in the page.
func evaluate[T any](w *window, expression string) (T, error) {
	return chromedp.Run(w, chromedp.Evaluate[T](expression))
}
