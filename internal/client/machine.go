package client

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"

	"muster"
	"muster/internal/access"
	"muster/internal/ssmapi"
)

// Machine is what a host proves itself to be a node with. Each of its calls
// goes to the endpoint of the client that it is given, whoever that signs for.
type Machine struct {
	Node        muster.NodeID
	Key         *rsa.PrivateKey
	Fingerprint string // of the host, as it was registered
}

// keyBits is the size of the keys that amazon-ssm-agent makes.
const keyBits = 2048

// keyType is the only one that there is.
const keyType = "Rsa"

// NewKey makes a private key for a machine.
func NewKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }

// Register makes the host a node, by an activation.
func Register(ctx context.Context, c *Client, activation, code string, key *rsa.PrivateKey, fingerprint string) (Machine, error) {
	public, err := publicKey(key)
	if err != nil {
		return Machine{}, err
	}
	out, err := Call[ssmapi.RegisterManagedInstanceInput, ssmapi.RegisterManagedInstanceOutput](ctx, c.As(Unsigned),
		access.RegisterManagedInstance.Name(), &ssmapi.RegisterManagedInstanceInput{
			ActivationId: &activation, ActivationCode: &code, PublicKey: &public, PublicKeyType: new(keyType), Fingerprint: &fingerprint,
		})
	if err != nil {
		return Machine{}, err
	}
	if out.InstanceId == "" {
		return Machine{}, fmt.Errorf("%s: the answer names no node", access.RegisterManagedInstance.Name())
	}
	return Machine{Node: out.InstanceId, Key: key, Fingerprint: fingerprint}, nil
}

// RoleToken asks for keys that are good for a while, [WithKey] of which the
// machine's other calls are signed.
func (m Machine) RoleToken(ctx context.Context, c *Client) (*ssmapi.RequestManagedInstanceRoleTokenOutput, error) {
	return Call[ssmapi.RequestManagedInstanceRoleTokenInput, ssmapi.RequestManagedInstanceRoleTokenOutput](ctx, c.As(WithPrivateKey(m.Node, m.Key)),
		access.RequestManagedInstanceRoleToken.Name(), &ssmapi.RequestManagedInstanceRoleTokenInput{Fingerprint: m.Fingerprint})
}

// ReplaceKey has the endpoint take another key from now on. The caller gives m
// the new one.
func (m Machine) ReplaceKey(ctx context.Context, c *Client, key *rsa.PrivateKey) error {
	public, err := publicKey(key)
	if err != nil {
		return err
	}
	_, err = Call[ssmapi.UpdateManagedInstancePublicKeyInput, ssmapi.UpdateManagedInstancePublicKeyOutput](ctx, c.As(WithPrivateKey(m.Node, m.Key)),
		access.UpdateManagedInstancePublicKey.Name(), &ssmapi.UpdateManagedInstancePublicKeyInput{NewPublicKey: &public, NewPublicKeyType: new(keyType)})
	return err
}

// publicKey is the key as it goes over the wire.
func publicKey(key *rsa.PrivateKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(der), nil
}
