// Package config knows what the user has set: profiles in a YAML file, the environment, and the folders of the system.
//
// It is one of the few rooms that read the environment. What it reads is untrusted: every value is checked
// here, and an error names the file or variable, what was wrong and what is expected.
package config
