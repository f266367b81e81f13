package ssmapi

// CreateActivationInput asks for an activation. RegistrationMetadata, which AWS keeps for itself, is not read.
type CreateActivationInput struct {
	Description         *string    `json:",omitzero" shape:"ActivationDescription"`
	DefaultInstanceName *string    `json:",omitzero" shape:"DefaultInstanceName"`
	IamRole             *string    `json:",omitzero" shape:"IamRole,required"`
	RegistrationLimit   *int32     `json:",omitzero" shape:"RegistrationLimit"`
	ExpirationDate      *Timestamp `json:",omitzero"`
	Tags                List[Tag]  `json:",omitzero" shape:"TagList"`
}

// CreateActivationOutput is the only answer that ever shows the code.
type CreateActivationOutput struct {
	ActivationId   string
	ActivationCode string
}

// DescribeActivationsInput asks for the activations that pass all filters.
type DescribeActivationsInput struct {
	Filters    List[DescribeActivationsFilter] `json:",omitzero" shape:""`
	MaxResults *int32                          `json:",omitzero" shape:"MaxResults"`
	NextToken  string                          `json:",omitzero"`
}

// DescribeActivationsFilter passes activations that have one of the values.
type DescribeActivationsFilter struct {
	FilterKey    *string      `json:",omitzero" shape:"DescribeActivationsFilterKeys"`
	FilterValues List[string] `json:",omitzero"`
}

// DescribeActivationsOutput is a page of activations.
type DescribeActivationsOutput struct {
	ActivationList []Activation
	NextToken      string `json:",omitzero"`
}

// Activation is an activation without its code.
type Activation struct {
	ActivationId        string
	Description         string `json:",omitzero"`
	DefaultInstanceName string `json:",omitzero"`
	IamRole             string
	RegistrationLimit   int
	RegistrationsCount  int
	ExpirationDate      Timestamp
	Expired             bool
	CreatedDate         Timestamp
	Tags                List[Tag] `json:",omitzero"`
}

// DeleteActivationInput names the activation to delete.
type DeleteActivationInput struct {
	ActivationId *string `json:",omitzero" shape:"ActivationId,required"`
}

// DeleteActivationOutput is the answer "{}".
type DeleteActivationOutput struct{}
