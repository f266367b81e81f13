package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// static is the files that pages load. Their names have a hash of what is in them, so that a browser may keep them for ever.
type static struct {
	hashed map[string]string // the name in an address, by the name of the file
	files  map[string][]byte // by the name in an address
}

func hashFiles() (static, error) {
	s := static{hashed: map[string]string{}, files: map[string][]byte{}}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return s, err
	}
	for _, entry := range entries {
		text, err := staticFiles.ReadFile("static/" + entry.Name())
		if err != nil {
			return s, err
		}
		sum := sha256.Sum256(text)
		name, kind, _ := strings.Cut(entry.Name(), ".")
		hashed := name + "." + hex.EncodeToString(sum[:6]) + "." + kind
		s.hashed[entry.Name()], s.files[hashed] = hashed, text
	}
	return s, nil
}

// file serves one of them, to anybody: they are in every copy of the program.
func (u *UI) file(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	text, ok := u.static.files[name]
	if !ok {
		u.fail(w, r, nil, noPage)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(text)
}
