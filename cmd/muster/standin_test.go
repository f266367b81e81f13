package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"muster/internal/client"
)

// standIn does what the AWS CLI would with the command lines in our documents, for machines that have none and for tests that
// cannot wait for it. It knows no operation's shape, and of the CLI's shorthand for parameters what those lines use.
func standIn() {
	if err := runStandIn(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "aws stand-in:", err)
		os.Exit(255)
	}
}

func runStandIn(args []string) error {
	if len(args) < 2 || args[0] != "ssm" {
		return fmt.Errorf("cannot do %q", args)
	}
	operation, args := camel(args[1]), args[2:]
	config := client.Config{MaxAttempts: 1}
	getenv := os.Getenv
	in := map[string]any{}
	for len(args) > 0 {
		flag, ok := strings.CutPrefix(args[0], "--")
		if !ok {
			return fmt.Errorf("%q is no flag", args[0])
		}
		end := slices.IndexFunc(args[1:], func(a string) bool { return strings.HasPrefix(a, "--") }) + 1
		if end == 0 {
			end = len(args)
		}
		values := args[1:end]
		args = args[end:]
		switch flag {
		case "endpoint-url":
			config.Endpoint = values[0]
		case "region":
			config.Region = values[0]
		case "cli-input-json":
			data, err := os.ReadFile(strings.TrimPrefix(values[0], "file://"))
			if err == nil {
				err = json.Unmarshal(data, &in)
			}
			if err != nil {
				return err
			}
		case "profile": // goes before keys in the environment, as the CLI has it
			getenv = func(name string) string {
				if strings.HasPrefix(name, "AWS_ACCESS_KEY") || strings.HasPrefix(name, "AWS_SECRET") || name == "AWS_SESSION_TOKEN" {
					return ""
				}
				return os.Getenv(name)
			}
		default:
			in[camel(flag)] = parameter(flag, values)
		}
	}
	config, err := config.FromEnvironment(getenv)
	if err != nil {
		return err
	}
	c, err := client.New(config)
	if err != nil {
		return err
	}
	out, err := client.Call[map[string]any, jsontext.Value](context.Background(), c, operation, &in)
	if err != nil {
		return err
	}
	if err := out.Indent(); err != nil {
		return err
	}
	fmt.Println(string(*out))
	return nil
}

// camel turns get-inventory into GetInventory.
func camel(kebab string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(kebab, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// parameter gives what the words behind a flag mean.
func parameter(flag string, words []string) any {
	switch {
	case len(words) == 0:
		return true
	case strings.HasPrefix(words[0], "["):
		return jsontext.Value(words[0])
	case flag == "filters" || flag == "aggregators" || flag == "result-attributes":
		var list []any
		for _, w := range words {
			s := shorthand(w)
			list = append(list, s.members())
		}
		return list
	}
	return words[0]
}

// shorthand is what is left to read of a parameter in the CLI's short form: K=V,L=A,B,M=[{K=V},{K=V}].
type shorthand string

func (s *shorthand) members() map[string]any {
	m := map[string]any{}
	for *s != "" && (*s)[0] != '}' {
		key, rest, _ := strings.Cut(string(*s), "=")
		*s = shorthand(rest)
		value := s.value()
		if _, isList := value.([]any); key == "Values" && !isList {
			list := []any{value}
			for s.moreScalars() {
				list = append(list, s.value())
			}
			value = list
		}
		m[key] = value
		s.skip(',')
	}
	return m
}

// moreScalars says whether a list without brackets goes on: with a value, not with the next key.
func (s *shorthand) moreScalars() bool {
	rest, ok := strings.CutPrefix(string(*s), ",")
	next := strings.IndexAny(rest, ",=]}")
	if !ok || next >= 0 && rest[next] == '=' {
		return false
	}
	return s.skip(',')
}

func (s *shorthand) value() any {
	switch {
	case s.skip('['):
		list := []any{}
		for *s != "" && !s.skip(']') {
			list = append(list, s.value())
			s.skip(',')
		}
		return list
	case s.skip('{'):
		m := s.members()
		s.skip('}')
		return m
	}
	end := strings.IndexAny(string(*s), ",]}")
	if end < 0 {
		end = len(*s)
	}
	v := string((*s)[:end])
	*s = (*s)[end:]
	return v
}

func (s *shorthand) skip(c byte) bool {
	if *s == "" || (*s)[0] != c {
		return false
	}
	*s = (*s)[1:]
	return true
}
