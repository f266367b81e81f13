// Package sim makes fleets out of a seed: what each node reports, today and as the fleet lives on, and speaks for all of them to
// a server, to see whether it counts right. It measures a server from outside and knows nothing of how it keeps things.
package sim

import (
	"fmt"

	"muster"
)

// Fleet is a number of nodes through the generations of their reports. What a node reports follows from the seed, the node's
// number and the generation, and from nothing else. Its methods may be called from any goroutine.
type Fleet struct {
	seed       uint64
	nodes      int
	churn      []Churn
	catalogues *[families]catalogue
	images     []image

	authorities []muster.Entry
}

// New makes a fleet that has that many nodes in generation 0. The churn leads from each generation to the next, and its last
// element from there on; without any, nothing happens.
func New(seed uint64, nodes int, churn ...Churn) *Fleet {
	c := catalogues()
	return &Fleet{seed: seed, nodes: nodes, churn: churn, catalogues: c, images: newImages(seed, c), authorities: newAuthorities()}
}

// key is the node's identity to roll.
func (f *Fleet) key(i int) uint64 { return uint64(roll(f.seed, aboutNode, i)) }

// Node is what is the same in all reports of a node.
type Node struct {
	ID              muster.NodeID
	Name            string // "web-00042"
	Platform        PlatformType
	PlatformName    string // "Ubuntu"
	PlatformVersion string // "22.04"
	Role            string // "web"
}

// Node describes a node.
func (f *Fleet) Node(i int) Node {
	m := f.image(i)
	return Node{
		ID: f.id(i), Name: fmt.Sprintf("%s-%05d", m.role, i),
		Platform: m.platform(), PlatformName: m.name, PlatformVersion: m.version, Role: m.role,
	}
}

// id is the node's: two in three are in EC2. The hexadecimal digits are a bijection of its number, so that no two share one.
func (f *Fleet) id(i int) muster.NodeID {
	prefix := "i-"
	if i%3 == 0 {
		prefix = "mi-"
	}
	return muster.NodeID(fmt.Sprintf("%s0%016x", prefix, mix(f.seed+uint64(i))))
}

// image is what the node was made from.
func (f *Fleet) image(i int) *image {
	d := roll(f.key(i), aboutImage, 0)
	at := float64(d>>11) / (1 << 53)
	for n := range f.images {
		if at < f.images[n].until {
			return &f.images[n]
		}
	}
	panic("the last image has no end")
}
