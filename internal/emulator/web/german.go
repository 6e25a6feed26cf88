package web

func german() *Strings {
	return &Strings{
		Lang: "de",

		SignInHeading: "Anmelden", SignInText: "um mit %s fortzufahren",
		PasswordHeading: "Kennwort eingeben",
		SignUpHeading:   "Konto erstellen", SignUpText: "Geben Sie Ihre E-Mail-Adresse ein. Wir senden Ihnen einen Code, um sicherzugehen, dass sie Ihnen gehört.",
		CodeHeading: "E-Mail-Adresse bestätigen", CodeText: "Geben Sie den Code ein, der an die obige Adresse gesendet wurde.",
		NewPasswordHeading: "Kennwort erstellen", NewPasswordText: "Damit melden Sie sich künftig zusammen mit Ihrer E-Mail-Adresse an.",
		AttributesHeading: "Angaben ergänzen", AttributesText: "Wir benötigen noch einige Angaben, um Ihr Konto einzurichten.",
		PickHeading: "Konto auswählen", PickText: "um mit %s fortzufahren",
		FinishedHeading: "Dieser Schritt ist erledigt", FinishedText: "Diese Anmeldung ist bereits abgeschlossen. Sie können diese Seite schließen oder in der App von vorn beginnen.",
		ErrorHeading:     "Die Anmeldung war leider nicht möglich",
		SignedOutHeading: "Sie sind abgemeldet", SignedOutText: "Am besten schließen Sie jetzt alle Browserfenster.",
		FormPostHeading: "Es geht zurück zur App", FormPostText: "Wenn nichts geschieht, wählen Sie „Weiter“.",

		Email: "E-Mail-Adresse", Password: "Kennwort", Code: "Prüfcode",
		NewPassword: "Neues Kennwort", ConfirmPassword: "Kennwort bestätigen",
		PasswordRules: "8 bis 256 Zeichen, darunter mindestens drei von: Kleinbuchstaben, Großbuchstaben, Ziffern, Symbole.",
		Optional:      "optional",
		Next:          "Weiter", SignIn: "Anmelden", Create: "Konto erstellen", Cancel: "Abbrechen", Resend: "Neuen Code senden", Continue: "Weiter",
		NoAccount: "Noch kein Konto?", CreateOne: "Jetzt erstellen", HaveAccount: "Haben Sie schon ein Konto?", SignInInstead: "Stattdessen anmelden", UseAnother: "Anderes Konto verwenden",

		OutboxLead: "Dieser Mandant ist emuliert und verschickt keine E-Mails. Den Code finden Sie im", OutboxLink: "Postausgang",
		Footer:    "Emulierter Mandant %s",
		CodeSent:  "Ein neuer Code wurde gesendet. Frühere Codes gelten nicht mehr.",
		NotLinked: "Diese App ist mit keinem Benutzerflow verknüpft, daher kann sich hier niemand registrieren.",
		SignUpOff: "Die Registrierung ist für diese App ausgeschaltet. Melden Sie sich mit einem vorhandenen Konto an.",

		EnterEmail: "Geben Sie eine gültige E-Mail-Adresse ein.", EnterPassword: "Geben Sie Ihr Kennwort ein.", EnterCode: "Geben Sie den Code ein: %d Ziffern.",
		UnknownAccount: "Zu dieser E-Mail-Adresse wurde kein Konto gefunden.",
		WrongPassword:  "Die E-Mail-Adresse oder das Kennwort ist falsch.",
		Locked:         "Ihr Konto ist vorübergehend gesperrt, um unbefugte Nutzung zu verhindern. Versuchen Sie es in einer Minute erneut.",
		Disabled:       "Dieses Konto wurde deaktiviert.",
		AccountExists:  "Es gibt bereits ein Konto mit dieser E-Mail-Adresse. Melden Sie sich stattdessen an.",
		WrongCode:      "Dieser Code stimmt nicht. Prüfen Sie ihn und versuchen Sie es erneut.",
		CodeUsedUp:     "Zu viele falsche Codes. Lassen Sie sich einen neuen senden.",
		CodeExpired:    "Dieser Code ist abgelaufen. Lassen Sie sich einen neuen senden.",
		TooManyCodes:   "Es wurden zu viele Codes gesendet. Brechen Sie ab und beginnen Sie später von vorn.",
		PasswordLength: "Das Kennwort muss 8 bis 256 Zeichen haben.", PasswordClasses: "Das Kennwort ist zu einfach: Verwenden Sie mindestens drei von Kleinbuchstaben, Großbuchstaben, Ziffern und Symbolen.",
		PasswordMismatch: "Die Kennwörter stimmen nicht überein.",
		AttributeMissing: "Geben Sie einen Wert für „%s“ ein.", AttributeTooLong: "„%s“ darf höchstens %d Zeichen haben.",
		Busy: "Das Konto konnte nicht gespeichert werden, weil der Mandant ausgelastet ist. Versuchen Sie es erneut.",

		ForgotPassword: "Kennwort vergessen?",
		ForgotHeading:  "Kennwort zurücksetzen", ForgotText: "Geben Sie Ihre E-Mail-Adresse ein. Wir senden Ihnen einen Code, um sicherzugehen, dass Sie es sind.",
		ResetHeading: "Neues Kennwort wählen", ResetText: "Es ersetzt das bisherige. Apps, in denen Sie angemeldet sind, verlangen eine neue Anmeldung.",
		ResetPassword: "Kennwort festlegen und anmelden",
		NoPassword:    "Dieses Konto hat kein Kennwort: Die Anmeldung erfolgt mit einem Code per E-Mail.",
		CodesLocked:   "Für diese E-Mail-Adresse wurden zu viele falsche Codes eingegeben. Versuchen Sie es in einer Minute erneut.",

		CodeSignInHeading: "Code eingeben",
		PasswordBanned:    "Wählen Sie ein Kennwort, das schwerer zu erraten ist.",
		PasswordGarbled:   "Das Kennwort enthält Zeichen, die nicht erlaubt sind.",

		ConsentHeading: "Genehmigung durch den Administrator erforderlich",
		ConsentText:    "%s benötigt Berechtigungen, die nur ein Administrator von %s erteilen kann. Bitten Sie darum und versuchen Sie es dann erneut.",
		ReturnToApp:    "Ohne Anmeldung zur App zurückkehren",

		ProblemsHeading: "Prüfen Sie diese Angaben:", ChooseOption: "Auswählen …",

		AttributeTooShort: "„%s“ muss mindestens %d Zeichen haben.",
		AttributeGarbled:  "„%s“ enthält unzulässige Zeichen.",
		AttributePattern:  "„%s“ hat nicht die erwartete Form.",
		AttributeNoNumber: "Geben Sie für „%s“ eine ganze Zahl ein.",
		AttributeTooSmall: "„%s“ muss mindestens %d sein.", AttributeTooLarge: "„%s“ darf höchstens %d sein.",
		AttributeNoOption: "Wählen Sie eine der Möglichkeiten für „%s“.",
		AttributeUnticked: "Setzen Sie das Häkchen, um fortzufahren: %s",

		ExpiredHeading: "Diese Seite ist abgelaufen", ExpiredText: "Die Anmeldung hat zu lange gedauert oder wurde in einem anderen Browser begonnen. Gehen Sie zurück zur App und beginnen Sie von vorn.",
		TraceID: "Ablaufverfolgungs-ID", CorrelationID: "Korrelations-ID", Timestamp: "Zeitstempel", ErrorCode: "Fehlercode",
		AttributeLabels: germanAttribute,
	}
}

func germanAttribute(name string) string {
	switch name {
	case "city":
		return "Ort"
	case "country":
		return "Land/Region"
	case "displayName":
		return "Anzeigename"
	case "givenName":
		return "Vorname"
	case "jobTitle":
		return "Position"
	case "postalCode":
		return "Postleitzahl"
	case "state":
		return "Bundesland/Kanton"
	case "streetAddress":
		return "Straße und Hausnummer"
	case "surname":
		return "Nachname"
	}
	return name
}
