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
	endpoint, region := v.endpoint(), string(v.caller.Space.Region)
	foreign := words[0] != "muster" // which asks our own address and region by itself
	if foreign || endpoint != "http://127.0.0.1:8181" {
		b.WriteString(" --endpoint-url " + shellQuoted(endpoint))
	}
	if foreign || region != "us-east-1" {
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
