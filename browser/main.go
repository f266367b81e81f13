// Command browser looks at the pages of a running muster in a headless Chromium and takes their pictures, in light and dark and at the
// width of a phone, or times the pages. It is not part of the server; its tests use the pages as people do.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"muster/internal/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	origin := flag.String("url", "http://127.0.0.1:8181", "`URL` of the server")
	credentials := flag.String("credentials", "../muster-data/credentials", "`file` with the access key to sign in with")
	out := flag.String("out", "../docs/img/ui", "`directory` for the pictures")
	only := flag.String("only", "", "take those whose name has this `text` only")
	times := flag.Bool("times", false, "tell how long the server takes for its pages, and take no pictures")
	flag.Parse()
	key, err := client.LoadCredentials(*credentials, "")
	if err != nil {
		return err
	}
	if *times {
		return timePages(ctx, os.Stdout, *origin, key)
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	ctx, cancel = chromium(ctx)
	defer cancel()
	w, closeWindow, err := openWindow(ctx, *origin)
	if err != nil {
		return err
	}
	defer closeWindow()
	if err := w.pictures("sign-in", "/ui/sign-in", *out, *only); err != nil {
		return err
	}
	if err := w.signIn(key.AccessKeyID, key.SecretAccessKey); err != nil {
		return err
	}
	pages, err := w.pages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		if err := w.pictures(p.name, p.path, *out, *only); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
