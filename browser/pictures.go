package main

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// namedPage is a page and the name of its pictures.
type namedPage struct{ name, path string }

// pages gives those that there are to see once one has signed in, of the first region and its newest node.
func (w *window) pages() ([]namedPage, error) {
	if err := w.visit("/ui/"); err != nil {
		return nil, err
	}
	base, err := evaluate[string](w, `location.pathname`)
	if err != nil {
		return nil, err
	}
	node, err := evaluate[string](w, `(document.querySelector("a.id") || {}).textContent || ""`)
	if err != nil {
		return nil, err
	}
	if node == "" {
		return nil, errors.New("the fleet is empty: muster sim --nodes 1000 makes up one")
	}
	filter := url.Values{"q": {`platform = Linux and name = openssl`}, "sort": {"ComputerName"}}.Encode()
	explored := url.Values{"q": {`platform = Linux and not name = nginx`}, "type": {"AWS:Application"}, "attribute": {"Name"}, "by": {"os", "osversion"}}.Encode()
	return []namedPage{
		{"overview", base},
		{"explore", base + "explore?" + explored},
		{"nodes", base + "nodes?" + filter},
		{"node", base + "nodes/" + node},
		{"changes", base + "nodes/" + node + "/changes"},
		{"applications", base + "nodes/" + node + "?type=AWS:Application"},
		{"software", base + "software?find=ssl"},
		{"application", base + "software/application?name=openssl&below=3"},
		{"compare", base + "compare?" + url.Values{"a": {"platform = Linux"}, "b": {"platform = Windows"}}.Encode()},
		{"views", base + "views"},
		{"enrol", base + "enrol"},
		{"access", base + "access"},
		{"system", base + "system"},
		{"types", base + "types"},
		{"type", base + "types/AWS:Application"},
		{"values", base + "types/AWS:Application/values?attribute=Name"},
		{"error", base + "nodes?q=platform"},
	}, nil
}

// pictures takes those of a page: light, dark, and at the width of a phone.
func (w *window) pictures(name, path, out, only string) error {
	if !strings.Contains(name, only) {
		return nil
	}
	for _, look := range []struct {
		name, scheme  string
		width, height int64
	}{{"light", "light", 1280, 900}, {"dark", "dark", 1280, 900}, {"phone", "light", 390, 844}} {
		scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}}
		if _, err := chromedp.Call(w, emulation.SetEmulatedMedia, scheme); err != nil {
			return err
		}
		if err := w.do(chromedp.EmulateViewport(look.width, look.height)); err != nil {
			return err
		}
		if err := w.visit(path); err != nil {
			return err
		}
		picture, err := w.picture(look.width)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name+"-"+look.name+".webp"), picture, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// What a picture is made with: small enough to be kept beside the text, good enough to judge the page by.
const (
	tallest = 1200 // pixels of the page, from its top
	quality = 25   // of 100
)

func (w *window) picture(width int64) ([]byte, error) {
	tall, err := evaluate[float64](w, `document.documentElement.scrollHeight`)
	if err != nil {
		return nil, err
	}
	shot, err := chromedp.Call(w, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatWebp, Quality: new(int64(quality)), CaptureBeyondViewport: new(true),
		Clip: &page.Viewport{Width: float64(width), Height: min(tall, tallest), Scale: 1},
	})
	if err != nil {
		return nil, err
	}
	return shot.Data, nil
}
