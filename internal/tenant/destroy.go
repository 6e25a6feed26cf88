package tenant

import (
	"context"

	"github.com/ciam-cli/ciam/internal/graph"
)

// Destroy plans the removal of what carries our mark, and of nothing else: apps out of their flows, then flows, then apps,
// with which their service principals, grants and secrets go. A flow that an app of somebody else's is in stays. Custom
// attributes stay, since people's values would go with them; users stay always. It is a pure function.
func Destroy(f *Found) *Plan {
	var unlinks, flows, apps []Step
	ours := map[string]bool{}
	for _, a := range f.Apps {
		if appName(a.Application) != "" {
			ours[a.AppID] = true
			apps = append(apps, Step{Kind: Application, Name: appName(a.Application), Mark: Remove,
				Fields: []Field{{Name: "displayName", Mark: Remove, From: a.DisplayName}, {Name: "appId", Mark: Remove, From: a.AppID}},
				Note:   "can be restored for 30 days",
				do:     func(ctx context.Context, run *Run) error { return run.Graph.DeleteApplication(ctx, a.ID) }})
		}
	}
	for _, flow := range f.Flows {
		foreign := ""
		for _, appID := range linkedApps(flow) {
			if ours[appID] {
				unlinks = append(unlinks, unlink(flow.DisplayName, nameOf(f.Apps, appID), flow.ID, appID))
			} else {
				foreign = appID
			}
		}
		if flowName(flow) != "" {
			flows = append(flows, deleteFlow(flow, foreign))
		}
	}
	return &Plan{Steps: append(append(unlinks, flows...), apps...), ids: newIDs()}
}

func deleteFlow(flow graph.UserFlow, foreign string) Step {
	step := Step{Kind: UserFlow, Name: flow.DisplayName, Mark: Remove, do: func(ctx context.Context, run *Run) error {
		return run.Graph.DeleteUserFlow(ctx, flow.ID)
	}}
	if foreign != "" {
		step.Mark, step.do, step.Note = Notice, nil, "stays: the app "+foreign+" signs people in by it, and is not ours"
	}
	return step
}
