package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"muster/internal/daemon"
)

func readDeploy(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile("../../deploy/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// serves fails the test unless muster understands the arguments, and gives the port and the data directory that they name.
func serves(t *testing.T, args []string) (port, data string) {
	t.Helper()
	if err := understands(strings.Join(args, " ")); err != nil {
		t.Errorf("%q: %v", args, err)
	}
	if len(args) == 0 || args[0] != "serve" {
		t.Fatalf("%q is not serve", args)
	}
	flags := newServe().Flags()
	if err := flags.Parse(args[1:]); err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(flags.Lookup("listen").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	return port, flags.Lookup("data").Value.String()
}

// knows fails the test unless the help of serve names the variable.
func knows(t *testing.T, variable string) {
	t.Helper()
	if !strings.Contains(newServe().Long, variable) {
		t.Errorf("muster serve knows nothing of %s", variable)
	}
}

// answers fails the test unless a server answers the path with 200.
func answers(t *testing.T, server, path string) {
	t.Helper()
	response, err := http.Get(server + path)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s: status %d", path, response.StatusCode)
	}
}

func startDaemon(t *testing.T) (url string) {
	t.Helper()
	d, err := daemon.Start(t.Context(), daemon.Config{Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		within, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if err := d.Stop(within); err != nil {
			t.Error(err)
		}
	})
	return d.URL
}

func TestDeployImage(t *testing.T) {
	t.Parallel()
	text := string(readDeploy(t, "Dockerfile"))
	group := func(expression string) string {
		t.Helper()
		match := regexp.MustCompile("(?m)" + expression).FindStringSubmatch(text)
		if match == nil {
			t.Fatalf("no %s", expression)
		}
		return match[1]
	}
	var args []string
	if err := yaml.Unmarshal([]byte(group(`^CMD (\[.*\])$`)), &args); err != nil {
		t.Fatal(err)
	}
	port, data := serves(t, args)
	if exposed := group(`^EXPOSE (\d+)$`); exposed != port {
		t.Errorf("exposes %s, serves %s", exposed, port)
	}
	user := group(`^USER (\d+:\d+)$`)
	if user == "0:0" || group(`--chown=(\S+) /out/data `) != user || group(` /out/data (\S+)$`) != data {
		t.Errorf("user %s cannot write %s", user, data)
	}
	if goMod, err := os.ReadFile("../../go.mod"); err != nil || !strings.Contains(string(goMod), "\ngo "+group(`^FROM golang:(\S+)`)) {
		t.Errorf("another Go than go.mod's: %v", err)
	}
	if !strings.Contains(text, "CGO_ENABLED=0 ") || group(`^ENTRYPOINT \["(.*)"\]$`) != newRoot().Name() {
		t.Error("it does not run a static muster")
	}
}

// composeService is what we ask of a service of a compose file.
type composeService struct {
	Command     []string
	Build       struct{ Context, Dockerfile string }
	Environment map[string]string
	Volumes     []string
	Ports       []string
	Deploy      struct{ Replicas int }
}

func TestDeployCompose(t *testing.T) {
	t.Parallel()
	var file struct{ Services map[string]composeService }
	if err := yaml.Unmarshal(readDeploy(t, "compose.yaml"), &file); err != nil {
		t.Fatal(err)
	}
	muster, balancer, database := file.Services["muster"], file.Services["balancer"], file.Services["database"]
	port, data := serves(t, muster.Command)
	if muster.Deploy.Replicas != 3 || !slices.Contains(muster.Volumes, data) {
		t.Errorf("%d replicas with volumes %q, want 3 with %s", muster.Deploy.Replicas, muster.Volumes, data)
	}
	if muster.Build.Context != ".." || readDeploy(t, strings.TrimPrefix(muster.Build.Dockerfile, "deploy/")) == nil {
		t.Errorf("builds %v", muster.Build)
	}
	for name := range muster.Environment {
		knows(t, name)
	}
	store := muster.Environment["MUSTER_STORE"]
	if want := "postgres://" + database.Environment["POSTGRES_USER"] + "@database/" + database.Environment["POSTGRES_DB"]; store != want {
		t.Errorf("the store is %s, want %s", store, want)
	}
	if err := daemon.CheckStore(store); err != nil {
		t.Error(err)
	}

	proxy := string(readDeploy(t, "haproxy.cfg"))
	if !strings.Contains(proxy, " 3 muster:"+port+"\n") {
		t.Errorf("the proxy does not know 3 servers on port %s", port)
	}
	bound := regexp.MustCompile(`bind :(\d+)`).FindStringSubmatch(proxy)
	if bound == nil || len(balancer.Ports) != 1 || !strings.HasSuffix(balancer.Ports[0], ":"+bound[1]) {
		t.Errorf("the proxy listens on %q and is published as %q", bound, balancer.Ports)
	}
	check := regexp.MustCompile(`option httpchk GET (\S+)`).FindStringSubmatch(proxy)
	if check == nil {
		t.Fatal("the proxy asks nothing")
	}
	answers(t, startDaemon(t), check[1])
}

type labels = map[string]string

// kubernetesObject is what we ask of an object of a Kubernetes manifest.
type kubernetesObject struct {
	Kind       string
	Metadata   struct{ Name string }
	StringData map[string]string `yaml:"stringData"`
	Spec       struct {
		Replicas int
		Selector struct {
			MatchLabels labels `yaml:"matchLabels"`
			App         string
		}
		Ports []struct {
			TargetPort string `yaml:"targetPort"`
		}
		MaxUnavailable int `yaml:"maxUnavailable"`
		Template       struct {
			Metadata struct{ Labels labels }
			Spec     struct {
				Grace           int `yaml:"terminationGracePeriodSeconds"`
				SecurityContext struct {
					RunAsNonRoot bool `yaml:"runAsNonRoot"`
				} `yaml:"securityContext"`
				Containers []kubernetesContainer
			}
		}
	}
}

type kubernetesContainer struct {
	Args    []string
	EnvFrom []struct {
		SecretRef struct{ Name string } `yaml:"secretRef"`
	} `yaml:"envFrom"`
	Ports []struct {
		Name          string
		ContainerPort string `yaml:"containerPort"`
	}
	Readiness kubernetesProbe `yaml:"readinessProbe"`
	Liveness  kubernetesProbe `yaml:"livenessProbe"`
	Lifecycle struct {
		PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
	}
	Resources struct{ Requests, Limits map[string]string }
	Mounts    []struct {
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

type kubernetesProbe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

func readKubernetes(t *testing.T) map[string]kubernetesObject {
	t.Helper()
	objects := map[string]kubernetesObject{}
	for documents := yaml.NewDecoder(bytes.NewReader(readDeploy(t, "kubernetes.yaml"))); ; {
		var o kubernetesObject
		err := documents.Decode(&o)
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		objects[o.Kind] = o
	}
}

func TestDeployKubernetes(t *testing.T) {
	t.Parallel()
	objects := readKubernetes(t)
	deployment, service, budget, secret := objects["Deployment"].Spec, objects["Service"].Spec, objects["PodDisruptionBudget"].Spec, objects["Secret"]
	app := deployment.Template.Metadata.Labels["app"]
	if app == "" || deployment.Selector.MatchLabels["app"] != app || budget.Selector.MatchLabels["app"] != app || service.Selector.App != app {
		t.Errorf("the selectors do not agree on app %q", app)
	}
	if deployment.Replicas != 3 || budget.MaxUnavailable != 1 {
		t.Errorf("%d replicas, of which %d may be taken away", deployment.Replicas, budget.MaxUnavailable)
	}
	pod := deployment.Template.Spec
	if len(pod.Containers) != 1 || !pod.SecurityContext.RunAsNonRoot {
		t.Fatalf("%d containers, not as root: %t", len(pod.Containers), pod.SecurityContext.RunAsNonRoot)
	}
	muster := pod.Containers[0]
	port, data := serves(t, muster.Args)
	if len(muster.Ports) != 1 || muster.Ports[0].ContainerPort != port || len(service.Ports) != 1 || service.Ports[0].TargetPort != muster.Ports[0].Name {
		t.Errorf("serves port %s; ports %v and %v", port, muster.Ports, service.Ports)
	}
	if len(muster.Mounts) != 1 || muster.Mounts[0].MountPath != data {
		t.Errorf("data is in %s; mounted %v", data, muster.Mounts)
	}
	if muster.Resources.Requests["memory"] == "" || muster.Resources.Limits["memory"] == "" {
		t.Errorf("resources %v", muster.Resources)
	}
	if needed := time.Duration(muster.Lifecycle.PreStop.Sleep.Seconds)*time.Second + stopWithin; time.Duration(pod.Grace)*time.Second <= needed {
		t.Errorf("a server is killed after %d s, and may need %v", pod.Grace, needed)
	}

	if len(muster.EnvFrom) != 1 || muster.EnvFrom[0].SecretRef.Name != secret.Metadata.Name || len(secret.StringData) == 0 {
		t.Errorf("environment from %v, the secret is %s", muster.EnvFrom, secret.Metadata.Name)
	}
	for name := range secret.StringData {
		knows(t, name)
	}
	if err := daemon.CheckStore(secret.StringData["MUSTER_STORE"]); err != nil {
		t.Error(err)
	}

	if muster.Readiness.HTTPGet.Path != "/readyz" || muster.Liveness.HTTPGet.Path != "/livez" {
		t.Errorf("readiness is %s, liveness is %s", muster.Readiness.HTTPGet.Path, muster.Liveness.HTTPGet.Path)
	}
	server := startDaemon(t)
	for _, probe := range []kubernetesProbe{muster.Readiness, muster.Liveness} {
		answers(t, server, probe.HTTPGet.Path)
		if probe.HTTPGet.Port != muster.Ports[0].Name {
			t.Errorf("%s is asked on %s", probe.HTTPGet.Path, probe.HTTPGet.Port)
		}
	}
}
