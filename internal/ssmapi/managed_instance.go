package ssmapi

import "muster"

// RegisterManagedInstanceInput asks to make a machine a node: unsigned with an activation, or signed by an administrator with an
// IamRole and Tags. This operation and the next two are in the model of amazon-ssm-agent only.
type RegisterManagedInstanceInput struct {
	ActivationCode *string   `json:",omitzero" shape:"ActivationCode,sensitive"`
	ActivationId   *string   `json:",omitzero" shape:"ActivationId"`
	IamRole        *string   `json:",omitzero" shape:"IamRole"`
	Tags           List[Tag] `json:",omitzero" shape:"TagList"`
	PublicKey      *string   `json:",omitzero" shape:"PublicKey,required"` // base64 of the DER of a SubjectPublicKeyInfo
	PublicKeyType  *string   `json:",omitzero" shape:",required"`          // "Rsa"
	Fingerprint    *string   `json:",omitzero" shape:"Fingerprint,required"`
}

// RegisterManagedInstanceOutput names the node.
type RegisterManagedInstanceOutput struct {
	InstanceId muster.NodeID
}

// RequestManagedInstanceRoleTokenInput asks for keys that are good for a while. It is signed with the node's private key.
type RequestManagedInstanceRoleTokenInput struct {
	Fingerprint string `json:",omitzero" shape:"Fingerprint"`
}

// RequestManagedInstanceRoleTokenOutput has the keys. All five members are always there: the agent cannot do without any.
type RequestManagedInstanceRoleTokenOutput struct {
	AccessKeyId         string
	SecretAccessKey     string
	SessionToken        string
	TokenExpirationDate Timestamp
	UpdateKeyPair       bool
}

// UpdateManagedInstancePublicKeyInput has the key that takes the place of the one it is signed with.
type UpdateManagedInstancePublicKeyInput struct {
	NewPublicKey     *string `json:",omitzero" shape:"PublicKey,required"`
	NewPublicKeyType *string `json:",omitzero" shape:",required"`
}

// UpdateManagedInstancePublicKeyOutput is the answer "{}".
type UpdateManagedInstancePublicKeyOutput struct{}

// DeregisterManagedInstanceInput names the node to deregister.
type DeregisterManagedInstanceInput struct {
	InstanceId *muster.NodeID `json:",omitzero" shape:"ManagedInstanceId,required"`
}

// DeregisterManagedInstanceOutput is the answer "{}".
type DeregisterManagedInstanceOutput struct{}

// UpdateManagedInstanceRoleInput gives a registered node another IamRole.
type UpdateManagedInstanceRoleInput struct {
	InstanceId *muster.NodeID `json:",omitzero" shape:"ManagedInstanceId,required"`
	IamRole    *string        `json:",omitzero" shape:"IamRole,required"`
}

// UpdateManagedInstanceRoleOutput is the answer "{}".
type UpdateManagedInstanceRoleOutput struct{}

// RotateNodeKeyInput has the node change its key pair. The operation is muster's own.
type RotateNodeKeyInput struct {
	InstanceId *muster.NodeID `json:",omitzero" shape:"ManagedInstanceId,required"`
}

// RotateNodeKeyOutput is the answer "{}".
type RotateNodeKeyOutput struct{}
