package graph

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPage = 100
	maxPage     = 999
)

// query applies $filter, $orderby, paging and $select to a list. next is the link to the next page.
func (c *call) query(items []object) (page []object, next string, err error) {
	q := c.r.URL.Query()
	for name := range q {
		switch name {
		case "$filter", "$select", "$top", "$skiptoken", "$orderby", "$expand", "$count":
		default:
			if strings.HasPrefix(name, "$") {
				return nil, "", badRequest("Invalid query parameter '%s': the emulator has $filter, $select, $top, $orderby, $expand and $count.", clip(name))
			}
		}
	}
	if f := q.Get("$filter"); f != "" {
		keep, err := parseFilter(f)
		if err != nil {
			return nil, "", err
		}
		items = slices.DeleteFunc(slices.Clone(items), func(o object) bool { return !keep(o) })
	}
	if by := q.Get("$orderby"); by != "" {
		sortBy(items, by)
	}
	top, err := strconv.Atoi(cmp.Or(q.Get("$top"), strconv.Itoa(defaultPage)))
	if err != nil || top < 1 || top > maxPage {
		return nil, "", badRequest("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", clip(q.Get("$top")), maxPage)
	}
	skip, err := strconv.Atoi(cmp.Or(q.Get("$skiptoken"), "0"))
	if err != nil || skip < 0 {
		return nil, "", badRequest("The specified page token value has expired or is not valid.")
	}
	items = items[min(skip, len(items)):]
	if len(items) > top {
		items = items[:top]
		q.Set("$skiptoken", strconv.Itoa(skip+top))
		next = c.base + strings.TrimPrefix(c.r.URL.Path, Root) + "?" + q.Encode()
	}
	page = []object{}
	for _, o := range items {
		o, err := c.selected(o)
		if err != nil {
			return nil, "", err
		}
		page = append(page, o)
	}
	return page, next, nil
}

// selected is a thing with the properties of $select only; its id and its type stay.
func (c *call) selected(o object) (object, error) {
	s := c.r.URL.Query().Get("$select")
	if s == "" || c.r.Method != "GET" {
		return o, nil
	}
	out := object{}
	for name, v := range o {
		if strings.HasPrefix(name, "@odata") {
			out[name] = v
		}
	}
	for name := range strings.SplitSeq(s, ",") {
		name = strings.TrimSpace(name)
		v, known := o[name]
		if !known {
			v = nil // known to Graph, without a value here, or not known at all: nothing is lost either way
		}
		out[name] = v
	}
	return out, nil
}

func sortBy(items []object, by string) {
	name, direction, _ := strings.Cut(strings.TrimSpace(by), " ")
	slices.SortStableFunc(items, func(a, b object) int {
		x, _ := a[name].(string)
		y, _ := b[name].(string)
		if strings.EqualFold(strings.TrimSpace(direction), "desc") {
			x, y = y, x
		}
		return strings.Compare(strings.ToLower(x), strings.ToLower(y))
	})
}
