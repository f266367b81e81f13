package ui

import "strings"

// command is a line to paste into a shell that asks this server, in this region, what the words say.
func (v *visit) command(words ...string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(shellQuoted(w))
	}
	if endpoint := v.endpoint(); endpoint != "http://127.0.0.1:8181" { // which is where the command line asks by itself
		b.WriteString(" --endpoint-url " + shellQuoted(endpoint))
	}
	if region := string(v.caller.Space.Region); region != "us-east-1" {
		b.WriteString(" --region " + region)
	}
	return b.String()
}

// endpoint is where the browser found this server.
func (v *visit) endpoint() string {
	if overTLS(v.Request) {
		return "https://" + v.Host
	}
	return "http://" + v.Host
}

// shellQuoted gives a word as a shell takes it for one, without looking into it.
func shellQuoted(word string) string {
	plain := strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/=,@%+") == ""
	if plain && word != "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
