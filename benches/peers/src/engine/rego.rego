# One generic policy over statements as data: `data.slices` holds them, `input.slices` says which may matter.
#
# The tests of a statement are looked at before its patterns, since most statements fail there. The body stands twice rather
# than in a function, and tests are lists rather than objects: both engines of regorus run this about twice as fast.
package iam

import rego.v1

decision := "explicitDeny" if denied
else := "allowed" if allowed
else := "implicitDeny"

denied if {
	some slice in input.slices
	some statement in data.slices[slice].deny
	every test in statement.equals {
		input.context[test.key] in test.values
	}
	every test in statement.not_equals {
		not input.context[test.key] in test.values
	}
	every test in statement.all_among {
		every value in object.get(input.context, test.key, []) {
			value in test.values
		}
	}
	some action in statement.actions
	matches(action, input.action)
	some resource in statement.resources
	matches(resource, input.resource)
}

allowed if {
	some slice in input.slices
	some statement in data.slices[slice].allow
	every test in statement.equals {
		input.context[test.key] in test.values
	}
	every test in statement.not_equals {
		not input.context[test.key] in test.values
	}
	every test in statement.all_among {
		every value in object.get(input.context, test.key, []) {
			value in test.values
		}
	}
	some action in statement.actions
	matches(action, input.action)
	some resource in statement.resources
	matches(resource, input.resource)
}

# A pattern is a literal, or what the text starts with and, unless that says all, the whole glob.
matches(pattern, text) if pattern.literal == text

matches(pattern, text) if {
	startswith(text, pattern.start)
	not pattern.glob
}

matches(pattern, text) if {
	startswith(text, pattern.start)
	glob.match(pattern.glob, null, text)
}
