// Package web draws the pages of the embedded tenant. It knows what a page
// shows, not what the protocol means by it.
//
// Every page is complete in itself: no script except the one that submits the
// form_post answer (and that page has a button too), no remote or second
// request, one inline style sheet allowed by its hash. What is shown comes from
// outside, so all of it goes through html/template.
//
// Controls have stable ids: email, password, code, newPassword,
// confirmPassword, attributes by their Graph names; buttons next, create,
// cancel, resend; links create-account, sign-in-instead, use-another,
// forgot-password. The options of a group have the ids <name>-0, <name>-1 …; boxes
// of one group have these as their names, too. The body
// carries data-page with one of the Name constants.
package web
