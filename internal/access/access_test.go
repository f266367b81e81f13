package access_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"muster"
	"muster/internal/access"
)

var (
	space = muster.Space{Account: "111122223333", Region: "eu-west-1"}
	admin = access.Caller{KeyID: "AKIAADMIN", Role: muster.RoleAdmin, Space: space}
	read  = access.Caller{KeyID: "AKIAREAD", Role: muster.RoleRead, Space: space}
	node  = access.Caller{KeyID: "AKIANODE", Role: muster.RoleNode, Node: "mi-0123456789abcdef0", Space: space}
)

func TestEveryOperationForEveryRole(t *testing.T) {
	t.Parallel()
	type roles struct{ read, node, nobody, machine, noAdmin bool }
	want := map[access.Operation]roles{
		access.PutInventory:               {read: false, node: true},
		access.GetInventory:               {read: true, node: false},
		access.GetInventorySchema:         {read: true, node: false},
		access.ListInventoryEntries:       {read: true, node: false},
		access.DeleteInventory:            {read: false, node: false},
		access.DescribeInventoryDeletions: {read: true, node: false},

		access.UpdateInstanceInformation:   {read: false, node: true},
		access.DescribeInstanceInformation: {read: true, node: false},
		access.DescribeInstanceProperties:  {read: true, node: false},
		access.GetConnectionStatus:         {read: true, node: false},
		access.ListNodes:                   {read: true, node: false},
		access.ListNodesSummary:            {read: true, node: false},
		access.AddTagsToResource:           {read: false, node: false},
		access.RemoveTagsFromResource:      {read: false, node: false},
		access.ListTagsForResource:         {read: true, node: false},

		access.CreateAccessKey:                    {read: false, node: false},
		access.ListAccessKeys:                     {read: false, node: false},
		access.RevokeAccessKey:                    {read: false, node: false},
		access.ExplainInventory:                   {read: true, node: false},
		access.QueryInventory:                     {read: true, node: false},
		access.CompareInventory:                   {read: true, node: false},
		access.ListInventoryChanges:               {read: true, node: false},
		access.CreateAssociation:                  {read: false, node: false},
		access.UpdateAssociation:                  {read: false, node: false},
		access.DeleteAssociation:                  {read: false, node: false},
		access.DescribeAssociation:                {read: true, node: false},
		access.ListAssociations:                   {read: true, node: false},
		access.StartAssociationsOnce:              {read: false, node: false},
		access.ListInstanceAssociations:           {read: false, node: true},
		access.UpdateInstanceAssociationStatus:    {read: false, node: true},
		access.DescribeInstanceAssociationsStatus: {read: true, node: false},
		access.GetDocument:                        {read: true, node: true},
		access.DescribeDocument:                   {read: true, node: false},
		access.ListDocuments:                      {read: true, node: false},
		access.PutComplianceItems:                 {read: false, node: true},
		access.ListComplianceItems:                {read: true, node: false},
		access.ListComplianceSummaries:            {read: true, node: false},
		access.ListResourceComplianceSummaries:    {read: true, node: false},
		access.GetMessages:                        {read: false, node: true},
		access.AcknowledgeMessage:                 {read: false, node: true},
		access.SendReply:                          {read: false, node: true},
		access.FailMessage:                        {read: false, node: true},
		access.DeleteMessage:                      {read: false, node: true},
		access.RotateNodeKey:                      {read: false, node: false},
		access.CreateActivation:                   {read: false, node: false},
		access.DescribeActivations:                {read: true, node: false},
		access.DeleteActivation:                   {read: false, node: false},
		access.DeregisterManagedInstance:          {read: false, node: false},
		access.UpdateManagedInstanceRole:          {read: false, node: false},

		access.RegisterManagedInstance:         {nobody: true},
		access.RequestManagedInstanceRoleToken: {machine: true, noAdmin: true},
		access.UpdateManagedInstancePublicKey:  {machine: true, noAdmin: true},
	}
	for _, o := range access.Operations() {
		may, ok := want[o]
		if !ok {
			t.Errorf("this test does not know %s", o)
		}
		for _, test := range []struct {
			caller access.Caller
			want   bool
		}{
			{admin, !may.noAdmin},
			{read, may.read},
			{node, may.node},
			{access.Caller{Role: muster.RoleNobody}, may.nobody},
			{access.Caller{Role: muster.RoleMachine, Node: node.Node, Space: space}, may.machine},
			{access.Caller{Role: muster.RoleFormer, Node: node.Node, Space: space}, false},
			{access.Caller{Role: "root", Space: space}, false},
			{access.Caller{}, false},
		} {
			err := test.caller.Allowed(o)
			if (err == nil) != test.want {
				t.Errorf("%s for role %q: %v", o, test.caller.Role, err)
			}
			if err != nil && !errors.Is(err, muster.ErrAccessDenied("", "", "")) {
				t.Errorf("%s for role %q: %v is no AccessDeniedException", o, test.caller.Role, err)
			}
		}
	}
}

// TestOperationsHasEveryConstant keeps an operation from being declared and never granted.
func TestOperationsHasEveryConstant(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "operation.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	granted := map[string]bool{}
	for _, o := range access.Operations() {
		granted[string(o)] = true
	}
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != "Operation" {
			return true
		}
		declared++
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || !granted[value] {
			t.Errorf("%s is in no row of grants (%v)", spec.Names[0].Name, err)
		}
		return true
	})
	if declared != len(granted) {
		t.Errorf("%d operations declared, %d granted", declared, len(granted))
	}
}

func TestUnknownOperationIsDenied(t *testing.T) {
	t.Parallel()
	if err := admin.Allowed("AmazonSSM.SendCommand"); err == nil {
		t.Error("allowed")
	}
}

func TestAllowedNode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		caller access.Caller
		node   muster.NodeID
		want   bool
	}{
		{admin, "i-0123456789abcdef0", true},
		{admin, "", true},
		{read, "i-0123456789abcdef0", true},
		{node, "mi-0123456789abcdef0", true},
		{node, "mi-0123456789abcdef1", false},
		{node, "", false},
		{access.Caller{Role: muster.RoleNode}, "", false},
		{access.Caller{Role: muster.RoleNode}, "mi-0123456789abcdef0", false},
	} {
		if err := test.caller.AllowedNode(access.PutInventory, test.node); (err == nil) != test.want {
			t.Errorf("role %q, own node %q, node %q: %v", test.caller.Role, test.caller.Node, test.node, err)
		}
	}
}

func TestDeniedTexts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want string
	}{
		{
			read.Allowed(access.PutInventory),
			"AccessDeniedException: User: arn:aws:iam::111122223333:user/AKIAREAD is not authorized to perform: ssm:PutInventory on resource: arn:aws:ssm:eu-west-1:111122223333:* because no identity-based policy allows the ssm:PutInventory action",
		},
		{
			read.Allowed(access.CreateAccessKey),
			"AccessDeniedException: User: arn:aws:iam::111122223333:user/AKIAREAD is not authorized to perform: muster:CreateAccessKey on resource: arn:aws:ssm:eu-west-1:111122223333:* because no identity-based policy allows the muster:CreateAccessKey action",
		},
		{
			node.AllowedNode(access.PutInventory, ""),
			"AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/node/mi-0123456789abcdef0 is not authorized to perform: ssm:PutInventory on resource: arn:aws:ssm:eu-west-1:111122223333:* because no identity-based policy allows the ssm:PutInventory action",
		},
		{
			node.AllowedNode(access.PutInventory, "i-0123456789abcdef0"),
			"AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/node/mi-0123456789abcdef0 is not authorized to perform: ssm:PutInventory on resource: arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0 because no identity-based policy allows the ssm:PutInventory action",
		},
		{
			node.AllowedNode(access.GetMessages, "mi-0123456789abcdef1"),
			"AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/node/mi-0123456789abcdef0 is not authorized to perform: ec2messages:GetMessages on resource: arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-0123456789abcdef1 because no identity-based policy allows the ec2messages:GetMessages action",
		},
		{
			node.AllowedNode(access.PutInventory, "mi-0123456789abcdef1"),
			"AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/node/mi-0123456789abcdef0 is not authorized to perform: ssm:PutInventory on resource: arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-0123456789abcdef1 because no identity-based policy allows the ssm:PutInventory action",
		},
	} {
		if test.err == nil || test.err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", test.err, test.want)
		}
	}
}
