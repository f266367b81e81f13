package ask

import "muster/internal/query"

// ShortNames are the names that common attributes have for short, in the order in which a person is shown them.
func ShortNames() []ShortName {
	return []ShortName{
		{"name", "AWS:Application.Name"},
		{"version", "AWS:Application.Version"},
		{"publisher", "AWS:Application.Publisher"},
		{"arch", "AWS:Application.Architecture"},
		{"node", "AWS:InstanceInformation.InstanceId"},
		{"computer", "AWS:InstanceInformation.ComputerName"},
		{"ip", "AWS:InstanceInformation.IpAddress"},
		{"platform", "AWS:InstanceInformation.PlatformType"},
		{"os", "AWS:InstanceInformation.PlatformName"},
		{"osversion", "AWS:InstanceInformation.PlatformVersion"},
		{"agent", "AWS:InstanceInformation.AgentVersion"},
		{"status", "AWS:InstanceInformation.InstanceStatus"},
		{"service", "AWS:Service.Name"},
		{"file", "AWS:File.Name"},
	}
}

// ShortName is a name and the key that it stands for.
type ShortName struct{ Name, Key string }

// Key gives the full key of an attribute that may be named for short, and whether there is such a name.
func Key(name string) (key string, ok bool) {
	for _, s := range ShortNames() {
		if s.Name == name {
			return s.Key, true
		}
	}
	return "", false
}

func shortName(key string) (name string, ok bool) {
	for _, s := range ShortNames() {
		if s.Key == key {
			return s.Name, true
		}
	}
	return "", false
}

func operatorText(op query.Op) string {
	return map[query.Op]string{
		query.Equal: "=", query.NotEqual: "!=", query.LessThan: "<", query.GreaterThan: ">", query.BeginWith: "begins with",
	}[op]
}
