package web

// DeviceStrings are the words of the pages of the device flow; see Strings.
type DeviceStrings struct {
	Tenant                        string // in place of a tenant that is not known yet
	CodeHeading, CodeText, Code   string
	WrongCode, TooMany            string
	ConfirmHeading, ConfirmText   string
	DoneHeading, DoneText         string
	DeclinedHeading, DeclinedText string
	ExpiredHeading, ExpiredText   string
}

// Device are the words of the device flow in the language of t.
func (t *Strings) Device() *DeviceStrings {
	switch t.Lang {
	case "de":
		return deviceGerman()
	case "fr":
		return deviceFrench()
	case "es":
		return deviceSpanish()
	}
	return deviceEnglish()
}

func deviceEnglish() *DeviceStrings {
	return &DeviceStrings{
		Tenant:      "Emulator",
		CodeHeading: "Enter code", CodeText: "Enter the code that the app or device shows. Do not enter codes from sources you don't trust.", Code: "Code",
		WrongCode:       "That code didn't work. Check it and try again.",
		TooMany:         "There were too many wrong codes. Try again in a minute.",
		ConfirmHeading:  "Are you trying to sign in to %s?",
		ConfirmText:     "Only continue if you started this yourself, on a device of your own. Nobody who sent you a code needs you to sign in for them.",
		DoneHeading:     "You have signed in to %s",
		DoneText:        "You may now close this window.",
		DeclinedHeading: "Nothing was signed in", DeclinedText: "The sign-in was cancelled. You may now close this window.",
		ExpiredHeading: "The code has expired", ExpiredText: "Start again on the app or device.",
	}
}

func deviceGerman() *DeviceStrings {
	return &DeviceStrings{
		Tenant:      "Emulator",
		CodeHeading: "Code eingeben", CodeText: "Geben Sie den Code ein, den die App oder das Gerät anzeigt. Geben Sie keine Codes aus Quellen ein, denen Sie nicht vertrauen.", Code: "Code",
		WrongCode:       "Dieser Code ist nicht gültig. Prüfen Sie ihn und versuchen Sie es noch einmal.",
		TooMany:         "Es gab zu viele falsche Codes. Versuchen Sie es in einer Minute noch einmal.",
		ConfirmHeading:  "Möchten Sie sich bei %s anmelden?",
		ConfirmText:     "Fahren Sie nur fort, wenn Sie dies selbst auf einem eigenen Gerät begonnen haben. Niemand, der Ihnen einen Code schickt, braucht Ihre Anmeldung.",
		DoneHeading:     "Sie sind bei %s angemeldet",
		DoneText:        "Sie können dieses Fenster jetzt schließen.",
		DeclinedHeading: "Es wurde niemand angemeldet", DeclinedText: "Die Anmeldung wurde abgebrochen. Sie können dieses Fenster jetzt schließen.",
		ExpiredHeading: "Der Code ist abgelaufen", ExpiredText: "Beginnen Sie in der App oder auf dem Gerät noch einmal.",
	}
}

func deviceFrench() *DeviceStrings {
	return &DeviceStrings{
		Tenant:      "Émulateur",
		CodeHeading: "Saisir le code", CodeText: "Saisissez le code affiché par l’application ou l’appareil. Ne saisissez pas de codes provenant de sources auxquelles vous ne faites pas confiance.", Code: "Code",
		WrongCode:       "Ce code n’a pas fonctionné. Vérifiez-le et réessayez.",
		TooMany:         "Trop de codes incorrects ont été saisis. Réessayez dans une minute.",
		ConfirmHeading:  "Voulez-vous vous connecter à %s ?",
		ConfirmText:     "Ne continuez que si vous avez commencé vous-même, sur votre propre appareil. Personne qui vous envoie un code n’a besoin que vous vous connectiez.",
		DoneHeading:     "Vous êtes connecté à %s",
		DoneText:        "Vous pouvez maintenant fermer cette fenêtre.",
		DeclinedHeading: "Aucune connexion n’a eu lieu", DeclinedText: "La connexion a été annulée. Vous pouvez maintenant fermer cette fenêtre.",
		ExpiredHeading: "Le code a expiré", ExpiredText: "Recommencez dans l’application ou sur l’appareil.",
	}
}

func deviceSpanish() *DeviceStrings {
	return &DeviceStrings{
		Tenant:      "Emulador",
		CodeHeading: "Escribir el código", CodeText: "Escriba el código que muestra la aplicación o el dispositivo. No escriba códigos de orígenes en los que no confíe.", Code: "Código",
		WrongCode:       "Ese código no ha funcionado. Compruébelo e inténtelo de nuevo.",
		TooMany:         "Hubo demasiados códigos incorrectos. Inténtelo de nuevo dentro de un minuto.",
		ConfirmHeading:  "¿Quiere iniciar sesión en %s?",
		ConfirmText:     "Continúe solo si lo ha empezado usted, en un dispositivo suyo. Nadie que le envíe un código necesita que inicie sesión.",
		DoneHeading:     "Ha iniciado sesión en %s",
		DoneText:        "Ya puede cerrar esta ventana.",
		DeclinedHeading: "No se ha iniciado sesión", DeclinedText: "El inicio de sesión se canceló. Ya puede cerrar esta ventana.",
		ExpiredHeading: "El código ha caducado", ExpiredText: "Empiece de nuevo en la aplicación o el dispositivo.",
	}
}
