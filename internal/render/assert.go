package render

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/itchyny/gojq"
)

// Assertion is what came of a jq expression that claims have to fulfil.
type Assertion struct {
	Holds    bool
	Results  []any     // all of them
	Operands []Operand // what was compared, where that can be told, in the expression's order
	Problem  string    // why the expression came to no end on this document; "" when it did
}

// Operand is a part of an expression and its value; nil is jq's null.
type Operand struct {
	Expression string
	Value      any
}

// maxOperands bounds what is told of a long expression.
const maxOperands = 8

// CheckJQ returns the *JQError of an expression that cannot be read.
func CheckJQ(expression string) error {
	_, err := compile(expression)
	return err
}

// Assert runs a jq expression on a JSON document. It holds when it has results, none of them false or null; one that fails on
// this document, as .roles[] does where there are none, does not hold. Errors: *JQError for one that cannot be read.
func Assert(document []byte, expression string) (Assertion, error) {
	parsed, err := gojq.Parse(expression)
	if err != nil {
		_, err := compile(expression) // which words it
		return Assertion{}, err
	}
	var input any
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	if err := d.Decode(&input); err != nil {
		return Assertion{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), jqTime)
	defer cancel()
	if _, err := compile(expression); err != nil {
		return Assertion{}, err
	}
	results, err := evaluate(ctx, parsed, input)
	a := Assertion{Holds: len(results) > 0 && err == nil, Results: results}
	if err != nil {
		a.Problem = runtimeProblem(err)
	}
	for _, result := range results {
		a.Holds = a.Holds && truthy(result)
	}
	a.operands(ctx, parsed, input)
	return a, nil
}

func truthy(v any) bool { return v != nil && v != false }

// evaluate returns all results of a query.
func evaluate(ctx context.Context, q *gojq.Query, input any) ([]any, error) {
	code, err := gojq.Compile(q)
	if err != nil {
		return nil, err
	}
	var results []any
	for iter := code.RunWithContext(ctx, input); ; {
		v, more := iter.Next()
		if err, failed := v.(error); failed {
			return results, err
		}
		if ctx.Err() != nil {
			return results, fmt.Errorf("it was still running after %s", jqTime)
		}
		if !more {
			return results, nil
		}
		results = append(results, v)
	}
}

// operands finds what the expression compares: both sides of a comparison, each side of and and or, and what goes into the
// last step of a pipe. Literals speak for themselves.
func (a *Assertion) operands(ctx context.Context, q *gojq.Query, input any) {
	q = unwrapped(q)
	switch {
	case len(a.Operands) >= maxOperands:
	case q.Left != nil && (q.Op == gojq.OpAnd || q.Op == gojq.OpOr || q.Op == gojq.OpComma):
		a.operands(ctx, q.Left, input)
		a.operands(ctx, q.Right, input)
	case q.Left != nil && comparison(q.Op):
		a.operand(ctx, q.Left, input)
		a.operand(ctx, q.Right, input)
	case q.Left != nil && q.Op == gojq.OpPipe && len(q.Patterns) == 0:
		a.operand(ctx, q.Left, input)
	default:
		a.operand(ctx, q, input)
	}
}

// operand notes the value of a query, if it has exactly one and is no literal.
func (a *Assertion) operand(ctx context.Context, q *gojq.Query, input any) {
	if literal(q) {
		return
	}
	values, err := evaluate(ctx, q, input)
	for err != nil && q.Term != nil && len(q.Term.SuffixList) > 0 { // .roles[] fails, and .roles tells why
		shorter := *q.Term
		shorter.SuffixList = shorter.SuffixList[:len(shorter.SuffixList)-1]
		q = &gojq.Query{Term: &shorter}
		values, err = evaluate(ctx, q, input)
	}
	if err != nil || len(values) == 0 {
		return
	}
	value := values[0]
	if len(values) > 1 {
		value = values
	}
	a.Operands = append(a.Operands, Operand{q.String(), value})
}

func comparison(op gojq.Operator) bool {
	switch op {
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
		return true
	}
	return false
}

// unwrapped takes the brackets off.
func unwrapped(q *gojq.Query) *gojq.Query {
	for q.Term != nil && q.Term.Type == gojq.TermTypeQuery && len(q.Term.SuffixList) == 0 {
		q = q.Term.Query
	}
	return q
}

// literal reports a query that says its own value, whatever it is run on.
func literal(q *gojq.Query) bool {
	q = unwrapped(q)
	if q.Term == nil || len(q.Term.SuffixList) > 0 {
		return false
	}
	switch q.Term.Type {
	case gojq.TermTypeNumber, gojq.TermTypeString, gojq.TermTypeTrue, gojq.TermTypeFalse, gojq.TermTypeNull:
		return true
	case gojq.TermTypeArray:
		return q.Term.Array.Query == nil || constant(q.Term.Array.Query)
	}
	return false
}

// constant is literal for the elements of a list.
func constant(q *gojq.Query) bool {
	if q.Left != nil && q.Op == gojq.OpComma {
		return constant(q.Left) && constant(q.Right)
	}
	return literal(q)
}

// Lines say what each operand is, for a person.
func (a Assertion) Lines() []string {
	var lines []string
	for _, o := range a.Operands {
		lines = append(lines, o.Expression+" is "+compactValue(o.Value))
	}
	switch {
	case a.Problem != "":
		lines = append(lines, a.Problem)
	case len(a.Results) == 0:
		lines = append(lines, "it has no result")
	}
	return lines
}

func compactValue(v any) string {
	data, err := gojq.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(spell(data))
}
