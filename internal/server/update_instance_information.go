package server

import (
	"context"

	"muster"
	"muster/internal/access"
	"muster/internal/ssmapi"
)

// updateInstanceInformation takes in what a node's agent says of it, under the names that AWS:InstanceInformation has for it.
func (s *Server) updateInstanceInformation(ctx context.Context, c access.Caller, in *ssmapi.UpdateInstanceInformationInput) (*ssmapi.UpdateInstanceInformationOutput, error) {
	info := muster.NewEntry([]muster.Field{
		{Name: "AgentType", Value: in.AgentName},
		{Name: "AgentVersion", Value: in.AgentVersion},
		{Name: "ComputerName", Value: in.ComputerName},
		{Name: "IpAddress", Value: in.IPAddress},
		{Name: "PlatformName", Value: in.PlatformName},
		{Name: "PlatformType", Value: in.PlatformType},
		{Name: "PlatformVersion", Value: in.PlatformVersion},
	})
	return &ssmapi.UpdateInstanceInformationOutput{}, s.fleet.Ping(ctx, c.Space, *in.InstanceId, info)
}
