package ssmapi

import "muster"

// GetMessagesInput is an agent that waits for a message. This operation and the next are ec2messages'.
type GetMessagesInput struct {
	Destination       *muster.NodeID `json:",omitzero" shape:"InstanceId,required"`
	MessagesRequestId string         `json:",omitzero" shape:"MessageText"`
}

// Node is the node that the call is about, empty if it names none.
func (in *GetMessagesInput) Node() muster.NodeID { return value(in.Destination) }

// GetMessagesOutput says that there is none.
type GetMessagesOutput struct {
	Destination       muster.NodeID
	Messages          []struct{}
	MessagesRequestId string `json:",omitzero"`
}

// MessageInput is what an agent says of a message. As none is ever sent, it is not looked at.
type MessageInput struct{}

// MessageOutput is the answer "{}".
type MessageOutput struct{}
