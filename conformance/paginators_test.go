package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// TestPaginators runs the SDK's paginators, which stop at an absent or empty token, and the loop that everybody writes for
// ListInventoryEntries, which stops at an absent one only.
func TestPaginators(t *testing.T) {
	t.Parallel()
	s, region := newServer(t, &Case{Steps: []*Step{{Role: "admin", Kind: "advance"}}}, "")
	ctx, client := t.Context(), sdkClient(s, region)
	const nodes = 7
	var want []string
	for i := range nodes {
		id := fmt.Sprintf("i-%017d", i)
		want = append(want, id)
		var rows []map[string]string
		for row := range nodes {
			rows = append(rows, map[string]string{"Row": fmt.Sprint(row)})
		}
		_, err := client.PutInventory(ctx, &ssm.PutInventoryInput{InstanceId: &id, Items: []types.InventoryItem{{
			TypeName: aws.String(fmt.Sprintf("Custom:T%d", i)), SchemaVersion: aws.String("1.0"), CaptureTime: aws.String("2024-01-01T00:00:00Z"), Content: rows,
		}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.DeleteInventory(ctx, &ssm.DeleteInventoryInput{TypeName: aws.String(fmt.Sprintf("Custom:Gone%d", i))}); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("GetInventory", func(t *testing.T) {
		p := ssm.NewGetInventoryPaginator(client, &ssm.GetInventoryInput{MaxResults: aws.Int32(2)})
		var got []string
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entities {
				got = append(got, *e.Id)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
	t.Run("DescribeInventoryDeletions", func(t *testing.T) {
		p := ssm.NewDescribeInventoryDeletionsPaginator(client, &ssm.DescribeInventoryDeletionsInput{MaxResults: aws.Int32(3)})
		seen := map[string]bool{}
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.InventoryDeletions {
				seen[*d.TypeName] = true
			}
		}
		if len(seen) != nodes {
			t.Errorf("deletions of %v, want %d", seen, nodes)
		}
	})
	t.Run("GetInventorySchema", func(t *testing.T) {
		seen := schemas(ctx, t, client)
		if seen["Custom:T3"] != 1 || seen["AWS:Application"] != 1 {
			t.Errorf("schemas %v", seen)
		}
	})
	t.Run("GetInventorySchema in pages", func(t *testing.T) {
		var items []types.InventoryItem
		for i := range 60 {
			if i == 30 {
				putTypes(ctx, t, client, items)
				items = nil
			}
			items = append(items, types.InventoryItem{TypeName: aws.String(fmt.Sprintf("Custom:Page%02d", i)), SchemaVersion: aws.String("1.0"),
				CaptureTime: aws.String("2024-01-01T00:00:00Z"), Content: []map[string]string{{"A": "x"}}})
		}
		putTypes(ctx, t, client, items)
		seen := schemas(ctx, t, client)
		for i := range 60 {
			if n := seen[fmt.Sprintf("Custom:Page%02d", i)]; n != 1 {
				t.Errorf("Custom:Page%02d is listed %d times", i, n)
			}
		}
	})
	t.Run("ListInventoryEntries", func(t *testing.T) {
		var got []string
		var token *string
		for {
			page, err := client.ListInventoryEntries(ctx, &ssm.ListInventoryEntriesInput{
				InstanceId: &want[0], TypeName: aws.String("Custom:T0"), MaxResults: aws.Int32(3), NextToken: token,
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				got = append(got, e["Row"])
			}
			if token = page.NextToken; token == nil {
				break
			}
		}
		if want := []string{"0", "1", "2", "3", "4", "5", "6"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func putTypes(ctx context.Context, t *testing.T, client *ssm.Client, items []types.InventoryItem) {
	t.Helper()
	if _, err := client.PutInventory(ctx, &ssm.PutInventoryInput{InstanceId: aws.String("i-00000000000000000"), Items: items}); err != nil {
		t.Fatal(err)
	}
}

// schemas counts how often a type is listed, in the smallest pages there are.
func schemas(ctx context.Context, t *testing.T, client *ssm.Client) map[string]int {
	t.Helper()
	seen := map[string]int{}
	p := ssm.NewGetInventorySchemaPaginator(client, &ssm.GetInventorySchemaInput{MaxResults: aws.Int32(50)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, schema := range page.Schemas {
			seen[*schema.TypeName]++
		}
	}
	return seen
}

func sdkClient(s Server, region string) *ssm.Client {
	id, secret := s.Key("admin", "")
	o := caller{id: id, secret: secret}
	return ssm.New(ssm.Options{
		BaseEndpoint: aws.String(s.URL()), Region: region, Credentials: o, Retryer: aws.NopRetryer{},
		HTTPSignerV4: clockedSigner{v4.NewSigner(), s.Now()}, HTTPClient: &http.Client{},
	})
}
