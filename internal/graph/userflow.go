package graph

import (
	"context"
	"net/http"
)

// Ids of the identity providers that every external tenant has.
const (
	EmailPassword = "EmailPassword-OAUTH"
	EmailOTP      = "EmailOtpSignup-OAUTH"
)

const (
	namespace = "microsoft.graph."
	odata     = "#" + namespace

	flowType    = "externalUsersSelfServiceSignUpEventsFlow"
	startType   = "onInteractiveAuthFlowStartExternalUsersSelfServiceSignUp"
	methodType  = "onAuthenticationMethodLoadStartExternalUsersSelfServiceSignUp"
	collectType = "onAttributeCollectionExternalUsersSelfServiceSignUp"
	createType  = "onUserCreateStartExternalUsersSelfServiceSignUp"

	flows = "/identity/authenticationEventsFlows"
)

// UserFlow is a sign-up and sign-in user flow (externalUsersSelfServiceSignUpEventsFlow). The client fills in the types that
// Graph wants named. Of what Graph answers beyond it, priority and the like, nothing is read or sent.
type UserFlow struct {
	Type        string      `json:"@odata.type,omitempty"`
	ID          string      `json:"id,omitempty"`
	DisplayName string      `json:"displayName,omitempty"`
	Description string      `json:"description,omitempty"`
	Conditions  *Conditions `json:"conditions,omitempty"`

	OnInteractiveAuthFlowStart      *InteractiveStart    `json:"onInteractiveAuthFlowStart,omitempty"`
	OnAuthenticationMethodLoadStart *MethodLoad          `json:"onAuthenticationMethodLoadStart,omitempty"`
	OnAttributeCollection           *AttributeCollection `json:"onAttributeCollection,omitempty"`
	OnUserCreateStart               *UserCreate          `json:"onUserCreateStart,omitempty"`
}

// Conditions say whom a user flow is for.
type Conditions struct {
	Applications *ConditionApplications `json:"applications,omitempty"`
}

// ConditionApplications are the apps of a user flow.
type ConditionApplications struct {
	IncludeApplications []ConditionApplication `json:"includeApplications,omitzero"`
}

// ConditionApplication is an app of a user flow.
type ConditionApplication struct {
	Type  string `json:"@odata.type,omitempty"`
	AppID string `json:"appId"`
}

// InteractiveStart says whether new people may sign up.
type InteractiveStart struct {
	Type            string `json:"@odata.type,omitempty"`
	IsSignUpAllowed *bool  `json:"isSignUpAllowed,omitempty"`
}

// MethodLoad has the ways to sign in.
type MethodLoad struct {
	Type              string             `json:"@odata.type,omitempty"`
	IdentityProviders []IdentityProvider `json:"identityProviders,omitzero"`
}

// IdentityProvider is a way to sign in.
type IdentityProvider struct {
	Type        string `json:"@odata.type,omitempty"`
	ID          string `json:"id"`
	DisplayName string `json:"displayName,omitempty"`
}

// AttributeCollection is the page on which people give their attributes.
type AttributeCollection struct {
	Type       string              `json:"@odata.type,omitempty"`
	Attributes []UserFlowAttribute `json:"attributes,omitzero"`
	Page       *AttributePage      `json:"attributeCollectionPage,omitempty"`
}

// AttributePage has one view.
type AttributePage struct {
	Views []AttributeView `json:"views,omitzero"`
}

// AttributeView has the inputs, in order.
type AttributeView struct {
	Inputs []Input `json:"inputs,omitzero"`
}

// Input is one input of the page.
type Input struct {
	Attribute        string   `json:"attribute"`
	Label            string   `json:"label"`
	InputType        string   `json:"inputType"` // text, radioSingleSelect, checkboxMultiSelect, boolean
	DefaultValue     string   `json:"defaultValue,omitempty"`
	Hidden           bool     `json:"hidden"`
	Editable         bool     `json:"editable"`
	WriteToDirectory bool     `json:"writeToDirectory"`
	Required         bool     `json:"required"`
	ValidationRegEx  string   `json:"validationRegEx,omitempty"`
	Options          []Option `json:"options,omitzero"`
}

// Option is one choice of an input.
type Option struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// UserCreate says what a new person becomes: member or guest.
type UserCreate struct {
	Type             string `json:"@odata.type,omitempty"`
	UserTypeToCreate string `json:"userTypeToCreate,omitempty"`
}

// UserFlows returns all, whole: what the list leaves out is asked for by itself, since whether a list has the apps, providers
// and attributes inline differs by page and by API version.
func (c *Client) UserFlows(ctx context.Context) ([]UserFlow, error) {
	all, err := list[UserFlow](ctx, c, flows)
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for _, f := range all {
		if f.Type != "" && f.Type != odata+flowType {
			continue
		}
		if err := c.complete(ctx, &f); err != nil {
			return nil, err
		}
		kept = append(kept, f)
	}
	return kept, nil
}

func (c *Client) complete(ctx context.Context, f *UserFlow) (err error) {
	if f.Conditions == nil || f.Conditions.Applications == nil || f.Conditions.Applications.IncludeApplications == nil {
		apps, err := list[ConditionApplication](ctx, c, below(flows+"/{}/conditions/applications/includeApplications", f.ID))
		if err != nil && !NotFound(err) {
			return err
		}
		f.Conditions = &Conditions{Applications: &ConditionApplications{IncludeApplications: apps}}
	}
	if m := f.OnAuthenticationMethodLoadStart; m != nil && m.IdentityProviders == nil {
		if m.IdentityProviders, err = list[IdentityProvider](ctx, c, providersOf(f.ID)); err != nil && !NotFound(err) {
			return err
		}
	}
	if a := f.OnAttributeCollection; a != nil && a.Attributes == nil {
		if a.Attributes, err = list[UserFlowAttribute](ctx, c, attributesOf(f.ID)); err != nil && !NotFound(err) {
			return err
		}
	}
	return nil
}

// CreateUserFlow makes a user flow.
func (c *Client) CreateUserFlow(ctx context.Context, body UserFlow) (*UserFlow, error) {
	return made(ctx, c, flows, body.typed(), func(f *UserFlow) string { return f.ID })
}

// UpdateUserFlow changes the handlers that body has, and no others. The inputs of the page are replaced as a whole. Apps,
// providers and attributes have calls of their own.
func (c *Client) UpdateUserFlow(ctx context.Context, id string, body UserFlow) error {
	return c.write(ctx, http.MethodPatch, below(flows+"/{}", id), body.typed())
}

// DeleteUserFlow deletes a user flow for good.
func (c *Client) DeleteUserFlow(ctx context.Context, id string) error {
	return c.remove(ctx, below(flows+"/{}", id))
}

// LinkApplication has people of an app sign in by a user flow. An app can be in one flow, and needs a service principal.
func (c *Client) LinkApplication(ctx context.Context, flowID, appID string) error {
	body := ConditionApplication{Type: odata + "authenticationConditionApplication", AppID: appID}
	return c.write(ctx, http.MethodPost, below(flows+"/{}/conditions/applications/includeApplications", flowID), body)
}

// UnlinkApplication takes an app out of a user flow.
func (c *Client) UnlinkApplication(ctx context.Context, flowID, appID string) error {
	return c.remove(ctx, below(flows+"/{}/conditions/applications/includeApplications/{}", flowID, appID))
}

// AddIdentityProvider adds a way to sign in to a user flow.
func (c *Client) AddIdentityProvider(ctx context.Context, flowID, id string) error {
	return c.write(ctx, http.MethodPost, providersOf(flowID)+"/$ref", reference{c.root + below("/identityProviders/{}", id)})
}

// RemoveIdentityProvider takes a way to sign in out of a user flow, which needs one at least.
func (c *Client) RemoveIdentityProvider(ctx context.Context, flowID, id string) error {
	return c.remove(ctx, providersOf(flowID)+below("/{}/$ref", id))
}

// AddAttribute adds an attribute to a user flow; it gets an input with defaults.
func (c *Client) AddAttribute(ctx context.Context, flowID, id string) error {
	return c.write(ctx, http.MethodPost, attributesOf(flowID)+"/$ref", reference{c.root + below("/identity/userFlowAttributes/{}", id)})
}

// RemoveAttribute takes an attribute out of a user flow.
func (c *Client) RemoveAttribute(ctx context.Context, flowID, id string) error {
	return c.remove(ctx, attributesOf(flowID)+below("/{}/$ref", id))
}

// reference names an object in a call that links two.
type reference struct {
	ID string `json:"@odata.id"`
}

func providersOf(flowID string) string {
	return below(flows+"/{}/"+namespace+flowType+"/onAuthenticationMethodLoadStart/"+namespace+methodType+"/identityProviders", flowID)
}

func attributesOf(flowID string) string {
	return below(flows+"/{}/"+namespace+flowType+"/onAttributeCollection/"+namespace+collectType+"/attributes", flowID)
}
