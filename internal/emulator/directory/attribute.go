package directory

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Input types of an attribute. Graph's names text and boolean, and the portal's
// textBox, are read as well, in any case.
const (
	InputText     = "text"                 // one line
	InputNumber   = "numericTextBox"       // a whole number
	InputRadio    = "radioSingleSelect"    // one of the options
	InputDropdown = "dropdownSingleSelect" // one of many options
	InputChecks   = "checkboxMultiSelect"  // any of the options, kept as a,b,c
	InputCheck    = "checkboxSingleSelect" // yes or no
)

// Data types of an attribute, named as in Graph.
const (
	TypeString  = "string"
	TypeBoolean = "boolean"
	TypeInt64   = "int64"
)

// Attribute is one attribute collected at sign-up.
type Attribute struct {
	Name      string   `yaml:"name,omitempty"`  // Graph name: displayName, givenName ... or extension_<appid>_<name>
	ID        string   `yaml:"id,omitempty"`    // another key for name in a file; Parse moves it there
	Label     string   `yaml:"label,omitempty"` // empty means the portal's own label, or Name
	Hint      string   `yaml:"hint,omitempty"`  // shown under the input
	Required  bool     `yaml:"required,omitempty"`
	InputType string   `yaml:"inputType,omitempty"` // empty: text, or what DataType implies
	DataType  string   `yaml:"dataType,omitempty"`  // empty: what InputType implies
	Options   []Option `yaml:"options,omitempty"`   // of radio buttons, drop-down and check boxes
	// Regex is an RE2 expression that a text must match; RegexMessage says in
	// the users' language what is expected.
	Regex        string `yaml:"regex,omitempty"`
	RegexMessage string `yaml:"regexMessage,omitempty"`
	MinLength    int    `yaml:"minLength,omitempty"` // characters
	MaxLength    int    `yaml:"maxLength,omitempty"` // characters; zero means the directory's limit
	Minimum      *int64 `yaml:"minimum,omitempty"`   // of a number
	Maximum      *int64 `yaml:"maximum,omitempty"`
}

// Input is the attribute's input type, one of the Input constants; "" when
// InputType is not a known one.
func (a *Attribute) Input() string {
	switch strings.ToLower(a.InputType) {
	case "":
		switch a.DataType {
		case TypeBoolean:
			return InputCheck
		case TypeInt64:
			return InputNumber
		}
		return InputText
	case "text", "textbox":
		if a.DataType == TypeInt64 {
			return InputNumber // how Graph writes a numeric text box
		}
		return InputText
	case "numerictextbox":
		return InputNumber
	case "radiosingleselect":
		return InputRadio
	case "dropdownsingleselect":
		return InputDropdown
	case "checkboxmultiselect":
		return InputChecks
	case "checkboxsingleselect", "boolean":
		return InputCheck
	}
	return ""
}

// Type is the attribute's data type, one of the Type constants.
func (a *Attribute) Type() string {
	switch a.Input() {
	case InputNumber:
		return TypeInt64
	case InputCheck:
		return TypeBoolean
	}
	return TypeString
}

// Choice reports whether the attribute has a list of options.
func (a *Attribute) Choice() bool {
	switch a.Input() {
	case InputRadio, InputDropdown, InputChecks:
		return true
	}
	return false
}

// Limit is the most characters of a value (Microsoft's user-attribute and
// service-limit pages): 250 for a custom attribute.
func (a *Attribute) Limit() int {
	limit := 250
	switch a.Name {
	case "city", "country", "jobTitle", "state":
		limit = 128
	case "displayName":
		limit = 256
	case "givenName", "surname":
		limit = 64
	case "postalCode":
		limit = 40
	case "streetAddress":
		limit = 1024
	}
	if a.MaxLength > 0 {
		limit = min(limit, a.MaxLength)
	}
	return limit
}

// ValueProblem says what is wrong with a value typed for an attribute.
type ValueProblem int

// The problems that Check finds.
const (
	ValueFine ValueProblem = iota
	ValueMissing
	ValueTooLong
	ValueTooShort
	ValueGarbled // not UTF-8, or with control characters
	ValuePattern
	ValueNoNumber
	ValueTooSmall
	ValueTooLarge
	ValueNoOption
)

// Check returns a value as it is kept (white space trimmed, numbers in decimal,
// true or false, options in their own order) or what is wrong with it. "" is
// returned with ValueFine for an optional attribute that was left empty.
func (a *Attribute) Check(typed string) (string, ValueProblem) {
	value := strings.TrimSpace(typed)
	if a.Input() == InputCheck {
		return a.checkBoolean(value)
	}
	switch {
	case value == "" && a.Required:
		return "", ValueMissing
	case value == "":
		return "", ValueFine
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return "", ValueGarbled
	case utf8.RuneCountInString(value) > a.Limit():
		return "", ValueTooLong
	case a.Input() == InputNumber:
		return a.checkNumber(value)
	case a.Choice():
		return a.checkOptions(value)
	case utf8.RuneCountInString(value) < a.MinLength:
		return value, ValueTooShort
	}
	if a.Regex != "" {
		if re, err := compilePattern(a.Regex); err != nil || !re.MatchString(value) {
			return value, ValuePattern
		}
	}
	return value, ValueFine
}

func (a *Attribute) checkBoolean(value string) (string, ValueProblem) {
	yes, ok := parseBool(value)
	switch {
	case value == "":
		yes = false
	case !ok:
		return "", ValueNoOption
	}
	if a.Required && !yes {
		return "false", ValueMissing
	}
	return strconv.FormatBool(yes), ValueFine
}

func (a *Attribute) checkNumber(value string) (string, ValueProblem) {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil:
		return value, ValueNoNumber
	case a.Minimum != nil && n < *a.Minimum:
		return value, ValueTooSmall
	case a.Maximum != nil && n > *a.Maximum:
		return value, ValueTooLarge
	}
	return strconv.FormatInt(n, 10), ValueFine
}

// checkOptions keeps the options that were chosen, in the attribute's order.
func (a *Attribute) checkOptions(value string) (string, ValueProblem) {
	chosen := []string{value}
	if a.Input() == InputChecks {
		chosen = strings.Split(value, ",")
	}
	asked := map[string]bool{}
	for _, c := range chosen {
		asked[strings.TrimSpace(c)] = true
	}
	var kept []string
	for _, o := range a.Options {
		if asked[o.Value] {
			kept = append(kept, o.Value)
			delete(asked, o.Value)
		}
	}
	if len(asked) > 0 {
		return strings.Join(kept, ","), ValueNoOption
	}
	return strings.Join(kept, ","), ValueFine
}

// parseBool reads YAML's two booleans.
func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}
