package web

func french() *Strings {
	return &Strings{
		Lang: "fr",

		SignInHeading: "Se connecter", SignInText: "pour continuer vers %s",
		PasswordHeading: "Entrez le mot de passe",
		SignUpHeading:   "Créer un compte", SignUpText: "Entrez votre adresse e-mail. Nous vous enverrons un code pour vérifier qu’elle est bien à vous.",
		CodeHeading: "Vérifiez votre adresse e-mail", CodeText: "Entrez le code envoyé à l’adresse ci-dessus.",
		NewPasswordHeading: "Créez un mot de passe", NewPasswordText: "Il vous servira, avec votre adresse e-mail, à vous connecter.",
		AttributesHeading: "Complétez vos informations", AttributesText: "Il nous faut encore quelques informations pour créer votre compte.",
		PickHeading: "Choisissez un compte", PickText: "pour continuer vers %s",
		FinishedHeading: "Cette étape est terminée", FinishedText: "Cette connexion a déjà abouti. Vous pouvez fermer cette page ou retourner dans l’application pour recommencer.",
		ErrorHeading:     "Nous n’avons pas pu vous connecter",
		SignedOutHeading: "Vous êtes déconnecté", SignedOutText: "Il est conseillé de fermer toutes les fenêtres du navigateur.",
		FormPostHeading: "Retour à l’application", FormPostText: "Si rien ne se passe, choisissez Continuer.",

		Email: "Adresse e-mail", Password: "Mot de passe", Code: "Code de vérification",
		NewPassword: "Nouveau mot de passe", ConfirmPassword: "Confirmez le mot de passe",
		PasswordRules: "8 à 256 caractères, avec au moins trois de ces types : minuscules, majuscules, chiffres, symboles.",
		Optional:      "facultatif",
		Next:          "Suivant", SignIn: "Se connecter", Create: "Créer le compte", Cancel: "Annuler", Resend: "Envoyer un nouveau code", Continue: "Continuer",
		NoAccount: "Pas de compte ?", CreateOne: "Créez-en un", HaveAccount: "Vous avez déjà un compte ?", SignInInstead: "Connectez-vous", UseAnother: "Utiliser un autre compte",

		OutboxLead: "Ce locataire est émulé et n’envoie pas d’e-mails. Lisez le code dans sa", OutboxLink: "boîte d’envoi",
		Footer:    "Locataire émulé %s",
		CodeSent:  "Un nouveau code a été envoyé. Les codes précédents ne sont plus valables.",
		NotLinked: "Cette application n’est liée à aucun flux utilisateur : personne ne peut s’inscrire ici.",
		SignUpOff: "L’inscription est désactivée pour cette application. Connectez-vous avec un compte existant.",

		EnterEmail: "Entrez une adresse e-mail valide.", EnterPassword: "Entrez votre mot de passe.", EnterCode: "Entrez le code : %d chiffres.",
		UnknownAccount: "Aucun compte ne correspond à cette adresse e-mail.",
		WrongPassword:  "L’adresse e-mail ou le mot de passe est incorrect.",
		Locked:         "Votre compte est temporairement verrouillé pour empêcher une utilisation non autorisée. Réessayez dans une minute.",
		Disabled:       "Ce compte a été désactivé.",
		AccountExists:  "Un compte existe déjà avec cette adresse e-mail. Connectez-vous.",
		WrongCode:      "Ce code n’est pas le bon. Vérifiez-le et réessayez.",
		CodeUsedUp:     "Trop de codes incorrects. Demandez-en un nouveau.",
		CodeExpired:    "Ce code a expiré. Demandez-en un nouveau.",
		TooManyCodes:   "Trop de codes ont été envoyés. Annulez et recommencez plus tard.",
		PasswordLength: "Le mot de passe doit compter de 8 à 256 caractères.", PasswordClasses: "Le mot de passe est trop simple : utilisez au moins trois types parmi minuscules, majuscules, chiffres et symboles.",
		PasswordMismatch: "Les mots de passe ne correspondent pas.",
		AttributeMissing: "Entrez une valeur pour « %s ».", AttributeTooLong: "« %s » peut compter au plus %d caractères.",
		Busy: "Le compte n’a pas pu être enregistré car le locataire est occupé. Réessayez.",

		ForgotPassword: "Mot de passe oublié ?",
		ForgotHeading:  "Réinitialisez votre mot de passe", ForgotText: "Entrez votre adresse e-mail. Nous vous enverrons un code pour vérifier que c’est bien vous.",
		ResetHeading: "Choisissez un nouveau mot de passe", ResetText: "Il remplace l’ancien. Les applications connectées vous demanderont de vous reconnecter.",
		ResetPassword: "Définir le mot de passe et se connecter",
		NoPassword:    "Ce compte n’a pas de mot de passe : on s’y connecte avec un code reçu par e-mail.",
		CodesLocked:   "Trop de codes incorrects pour cette adresse e-mail. Réessayez dans une minute.",

		CodeSignInHeading: "Entrez le code",
		PasswordBanned:    "Choisissez un mot de passe plus difficile à deviner.",
		PasswordGarbled:   "Le mot de passe contient des caractères non autorisés.",

		ConsentHeading: "Approbation de l’administrateur requise",
		ConsentText:    "%s a besoin d’autorisations que seul un administrateur de %s peut accorder. Demandez-les-lui, puis réessayez.",
		ReturnToApp:    "Retourner à l’application sans se connecter",

		ProblemsHeading: "Vérifiez ces informations :", ChooseOption: "Choisir…",

		AttributeTooShort: "« %s » doit compter au moins %d caractères.",
		AttributeGarbled:  "« %s » contient des caractères non autorisés.",
		AttributePattern:  "« %s » n’a pas la forme attendue.",
		AttributeNoNumber: "Entrez un nombre entier pour « %s ».",
		AttributeTooSmall: "« %s » doit valoir au moins %d.", AttributeTooLarge: "« %s » doit valoir au plus %d.",
		AttributeNoOption: "Choisissez l’une des options pour « %s ».",
		AttributeUnticked: "Cochez la case pour continuer : %s",

		ExpiredHeading: "Cette page a expiré", ExpiredText: "La connexion a pris trop de temps ou a été commencée dans un autre navigateur. Retournez dans l’application et recommencez.",
		TraceID: "ID de trace", CorrelationID: "ID de corrélation", Timestamp: "Horodatage", ErrorCode: "Code d’erreur",
		AttributeLabels: frenchAttribute,
	}
}

func frenchAttribute(name string) string {
	switch name {
	case "city":
		return "Ville"
	case "country":
		return "Pays/région"
	case "displayName":
		return "Nom d’affichage"
	case "givenName":
		return "Prénom"
	case "jobTitle":
		return "Fonction"
	case "postalCode":
		return "Code postal"
	case "state":
		return "Département/canton"
	case "streetAddress":
		return "Adresse postale"
	case "surname":
		return "Nom de famille"
	}
	return name
}
