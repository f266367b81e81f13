package main

import (
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"muster"
	"muster/internal/sigv4"
	"muster/internal/sim"
	"muster/internal/ssmapi"
)

// fullReport is one node's report, ready for either engine.
type fullReport struct {
	node     muster.NodeID
	body     []byte   // of PutInventory
	types    []string // and, apart, each item's type
	contents []string // and content
	request  *http.Request
}

// fullReports gives the nodes' reports, by version and then by node.
func fullReports(seed uint64) ([]*fullReport, error) {
	f := sim.New(seed, intakeNodes, sim.Churn{Updated: 1})
	var reports []*fullReport
	var s sim.Scratch
	for generation := range 2 {
		for i := range intakeNodes {
			items := f.Report(&s, i, generation)
			r := &fullReport{node: f.Node(i).ID}
			for _, it := range items {
				content, err := json.Marshal(it.Content)
				if err != nil {
					return nil, err
				}
				r.types, r.contents = append(r.types, string(*it.TypeName)), append(r.contents, string(content))
			}
			var err error
			if r.body, err = json.Marshal(&ssmapi.PutInventoryInput{InstanceId: &r.node, Items: items}); err != nil {
				return nil, err
			}
			reports = append(reports, r)
		}
	}
	return reports, nil
}

// signRequests makes the requests, outside of the time that is measured: nodes have processors of their own for it.
func signRequests(reports []*fullReport, m *inProcess) error {
	for _, r := range reports {
		request, err := http.NewRequest(http.MethodPost, m.daemon.URL, nil)
		if err != nil {
			return err
		}
		request.Header.Set("X-Amz-Target", "AmazonSSM.PutInventory")
		request.Header.Set("Content-Type", "application/x-amz-json-1.1")
		request.ContentLength = int64(len(r.body))
		sigv4.Sign(request, sha256.Sum256(r.body), m.daemon.Admin, sigv4.Scope{Region: string(region), Service: "ssm"}, time.Now())
		r.request = request
	}
	return nil
}
