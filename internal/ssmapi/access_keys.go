package ssmapi

import "muster"

// CreateAccessKeyInput asks for a new access key; this operation and the next two are muster's own. InstanceId goes with the
// role "node" and only with it.
type CreateAccessKeyInput struct {
	Role       *muster.Role   `json:",omitzero" shape:"Role,required"`
	InstanceId *muster.NodeID `json:",omitzero" shape:"InstanceId"`
	Comment    string         `json:",omitzero" shape:"Comment"`
}

// CreateAccessKeyOutput is the only answer that ever shows the secret.
type CreateAccessKeyOutput struct {
	AccessKey       AccessKey
	SecretAccessKey string
}

// ListAccessKeysInput asks for all access keys of the account.
type ListAccessKeysInput struct{}

// ListAccessKeysOutput has them by id.
type ListAccessKeysOutput struct {
	AccessKeys []AccessKey
}

// RevokeAccessKeyInput names the access key to take away.
type RevokeAccessKeyInput struct {
	AccessKeyId *string `json:",omitzero" shape:",required"`
}

// RevokeAccessKeyOutput is the answer "{}".
type RevokeAccessKeyOutput struct{}

// AccessKey is an access key without its secret.
type AccessKey struct {
	AccessKeyId string
	Role        muster.Role
	InstanceId  muster.NodeID `json:",omitzero"`
	Comment     string        `json:",omitzero"`
	CreateTime  Timestamp
}
