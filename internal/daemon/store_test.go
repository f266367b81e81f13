package daemon

import "testing"

func TestStorage(t *testing.T) {
	t.Parallel()
	config := Config{Data: t.TempDir()}
	start(t, config)
	for _, c := range []struct {
		store, kind string
		files       bool
	}{
		{StoreSQLite, "SQLite", true},
		{"postgres://db.example/muster", "PostgreSQL", false},
	} {
		config.Store = c.store
		if kind, size := storage(config); kind != c.kind || (size > 0) != c.files {
			t.Errorf("%s: %s, %d bytes", c.store, kind, size)
		}
	}
}
