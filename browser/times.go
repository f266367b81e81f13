package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"muster/internal/sigv4"
)

// asks is how many filters the page of nodes is asked for.
const asks = 100

// timePages writes how long the server took for its pages, as their Server-Timing says: for a table in docs/performance.md. A page is
// asked for once for each of its addresses, the nodes once by each of so many filters, so that nothing is asked twice.
func timePages(ctx context.Context, out io.Writer, origin string, key sigv4.Credentials) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	v := visitor{&http.Client{Jar: jar}, origin}
	form := url.Values{"key": {key.AccessKeyID}, "secret": {key.SecretAccessKey}}
	signedIn, err := v.client.PostForm(origin+"/ui/sign-in", form)
	if err != nil {
		return err
	}
	signedIn.Body.Close()
	base := strings.TrimPrefix(signedIn.Request.URL.String(), origin)
	pages, err := v.addresses(ctx, base)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "| Page | Median | Slowest | Asked |\n|---|---|---|---|")
	for _, p := range pages {
		var times []float64
		for _, path := range p.paths {
			took, _, err := v.get(ctx, base+path)
			if err != nil {
				return err
			}
			times = append(times, took)
		}
		slices.Sort(times)
		fmt.Fprintf(out, "| %s | %.1f ms | %.1f ms | %d |\n", p.name, times[len(times)/2], times[len(times)-1], len(times))
	}
	return nil
}

type visitor struct {
	client *http.Client
	origin string
}

var dur = regexp.MustCompile(`dur=([0-9.]+)`)

// get gives a page, and how long the server says that it took, in milliseconds.
func (v visitor) get(ctx context.Context, path string) (took float64, text string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.origin+path, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := v.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, "", err
	}
	found := dur.FindStringSubmatch(response.Header.Get("Server-Timing"))
	if response.StatusCode != http.StatusOK || found == nil {
		return 0, "", fmt.Errorf("GET %s: %s", path, response.Status)
	}
	took, err = strconv.ParseFloat(found[1], 64)
	return took, string(body), err
}

// timedPage is a page under several addresses.
type timedPage struct {
	name  string
	paths []string
}

var (
	nodeLink  = regexp.MustCompile(`class="id" href="[^"]*/nodes/([^"]+)"`)
	valueLink = regexp.MustCompile(`href="[^"]*/nodes\?q=([^"]+)"`)
	nameLink  = regexp.MustCompile(`href="[^"]*/software/application\?name=([^"]+)"`)
)

// addresses finds out which nodes and applications there are to ask for.
func (v visitor) addresses(ctx context.Context, base string) ([]timedPage, error) {
	var nodes, names []string
	_, text, err := v.get(ctx, base+"nodes")
	if err != nil {
		return nil, err
	}
	for _, found := range nodeLink.FindAllStringSubmatch(text, -1) {
		nodes = append(nodes, found[1])
	}
	if _, text, err = v.get(ctx, base+"types/AWS:Application/values?attribute=Name&from=200"); err != nil {
		return nil, err
	}
	for _, found := range valueLink.FindAllStringSubmatch(text, asks) {
		names = append(names, strings.ReplaceAll(found[1], "&#43;", "+"))
	}
	var applications []string
	for from := 0; len(applications) < asks; from += 50 {
		if _, text, err = v.get(ctx, fmt.Sprintf("%ssoftware?from=%d", base, from)); err != nil {
			return nil, err
		}
		found := nameLink.FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			break
		}
		for _, one := range found {
			applications = append(applications, one[1])
		}
	}
	each := func(of []string, path string) (paths []string) {
		for _, one := range of {
			paths = append(paths, fmt.Sprintf(path, one))
		}
		return paths
	}
	return []timedPage{
		{"overview, the first time and after", []string{"", "", "", "", ""}},
		{"nodes by id, of a filter on applications", each(names, "nodes?q=%s")},
		{"the same by the name of the computer", each(names, "nodes?sort=ComputerName&q=%s")},
		{"the same by when they were heard of", each(names, "nodes?sort=heard&q=%s")},
		{"the same and not Windows", each(names, "nodes?q=%s+and+not+platform+%%3D+Windows")},
		{"those that lack the application", each(names, "nodes?q=lacks+(%s)")},
		{"all nodes by the name of the computer, from the last on", []string{"nodes?sort=ComputerName&desc=1"}},
		{"all nodes, the longest silent first", []string{"nodes?sort=heard"}},
		{"nodes not heard of for a minute", []string{"nodes?silent=60-"}},
		{"a node", each(nodes, "nodes/%s")},
		{"what its last reports changed", each(nodes, "nodes/%s/changes")},
		{"its applications", each(nodes, "nodes/%s?type=AWS:Application")},
		{"explore", []string{"explore"}},
		{"explore: the facets of a filter", each(names, "explore?q=%s")},
		{"the same, applications by version and platform", each(names, "explore?q=%s&type=AWS:Application&attribute=Version&by=version&by=os")},
		{"software", []string{"software", "software?find=ssl", "software?from=1000"}},
		{"an application", each(applications, "software/application?name=%s")},
		{"the same, who is below a version", each(applications, "software/application?name=%s&below=2")},
		{"compare a node with another", each(nodes, "compare?a=%s&b="+nodes[0])},
		{"compare those that have an application with the others", each(names[:min(20, len(names))], "compare?a=%s&b=platform+%%3D+Linux")},
		{"compare Linux and Windows", []string{"compare?a=platform+%3D+Linux&b=platform+%3D+Windows"}},
		{"views, enrolment, access and system", []string{"views", "enrol", "access", "system"}},
		{"types", []string{"types"}},
		{"a type", []string{"types/AWS:Application", "types/AWS:InstanceInformation", "types/AWS:Network"}},
		{"values of an attribute", []string{"types/AWS:Application/values?attribute=Name", "types/AWS:Application/values?attribute=Version", "types/AWS:Service/values?attribute=Name", "types/AWS:InstanceInformation/values?attribute=ComputerName"}},
	}, nil
}
