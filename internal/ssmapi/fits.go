package ssmapi

import (
	"strings"

	"muster"
)

// The methods here are a quick look that lets pass nothing but what surely holds: what nodes send all day need not go through
// reflection and regular expressions. FuzzFits holds them against the table of constraints, which has the last word on the rest.
// They count bytes, which are never fewer than characters.

func (in *PutInventoryInput) fits() bool {
	if in.InstanceId == nil || !fitsNodeID(string(*in.InstanceId)) || len(in.Items) < 1 || len(in.Items) > muster.MaxItems {
		return false
	}
	for i := range in.Items {
		if !in.Items[i].fits() {
			return false
		}
	}
	return true
}

func (it *InventoryItem) fits() bool {
	if it.TypeName == nil || it.SchemaVersion == nil || it.CaptureTime == nil || len(it.Content) > muster.MaxEntries {
		return false
	}
	for _, e := range it.Content {
		if !Attributes(e).fit() {
			return false
		}
	}
	return fitsTypeName(string(*it.TypeName)) && fitsVersion(string(*it.SchemaVersion)) && fitsCaptureTime(string(*it.CaptureTime)) &&
		len(it.ContentHash) <= muster.MaxContentHash && it.Context.fit()
}

func (a Attributes) fit() bool {
	if len(a) > muster.MaxAttributes {
		return false
	}
	for _, f := range a {
		if len(f.Name) == 0 || len(f.Name) > muster.MaxAttributeName || len(f.Value) > muster.MaxAttributeValue {
			return false
		}
	}
	return true
}

func fitsNodeID(s string) bool {
	digits, managed := strings.CutPrefix(s, "mi-")
	if !managed {
		digits = strings.TrimPrefix(s, "i-")
	}
	return len(digits) < len(s) && len(digits) == 17 && only(digits, isAlphanumeric)
}

func fitsTypeName(s string) bool {
	return len(s) <= 100 && (strings.HasPrefix(s, "AWS:") || strings.HasPrefix(s, "Custom:")) && !strings.Contains(s, "\n")
}

func fitsVersion(s string) bool {
	major, minor, _ := strings.Cut(s, ".")
	return len(major) >= 1 && len(major) <= 6 && only(major, isDigit) && len(minor) >= 1 && len(minor) <= 6 && only(minor, isDigit)
}

// fitsCaptureTime knows no calendar, as the pattern knows none: there is a February 31.
func fitsCaptureTime(s string) bool {
	const form = "2000-00-00T00:00:00Z"
	if len(s) != len(form) || s[:2] != form[:2] {
		return false
	}
	for i := range len(form) {
		if form[i] != s[i] && (form[i] != '0' || !isDigit(s[i])) {
			return false
		}
	}
	month, day, hour, minute, second := s[5:7], s[8:10], s[11:13], s[14:16], s[17:19]
	return "01" <= month && month <= "12" && "01" <= day && day <= "31" && hour <= "23" && minute <= "59" && second <= "59"
}

func only(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlphanumeric(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }
