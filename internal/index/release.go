package index

import "muster/internal/query"

// marks is the columns, besides that of the version, that tell which release of a package an entry is; nil for those that no row has.
type marks struct{ release, epoch, packageID *column }

// marksFor gives them for a term that orders releases, else nil.
func (t *table) marksFor(term query.Term) *marks {
	if !term.OrdersReleases() {
		return nil
	}
	return &marks{t.column(query.AttrRelease), t.column(query.AttrEpoch), t.column(query.AttrPackageID)}
}

// of gives the release that an entry of that version is, whose row is at the place of an item that has o outside its rows; o is
// nil where nothing is.
func (m *marks) of(t *table, row uint32, o *outside, at int, version string) query.Release {
	text := func(c *column, attribute string) string {
		if c != nil && c.get(row) != 0 {
			return t.values.get(c.get(row)).text
		}
		if o == nil {
			return ""
		}
		value, _ := o.get(attribute, at)
		return value
	}
	return query.Release{
		Version: version,
		Release: text(m.release, query.AttrRelease), Epoch: text(m.epoch, query.AttrEpoch), PackageID: text(m.packageID, query.AttrPackageID),
	}
}
