package web

func spanish() *Strings {
	return &Strings{
		Lang: "es",

		SignInHeading: "Iniciar sesión", SignInText: "para continuar a %s",
		PasswordHeading: "Escriba la contraseña",
		SignUpHeading:   "Crear cuenta", SignUpText: "Escriba su dirección de correo electrónico. Le enviaremos un código para comprobar que es suya.",
		CodeHeading: "Compruebe su correo electrónico", CodeText: "Escriba el código enviado a la dirección anterior.",
		NewPasswordHeading: "Cree una contraseña", NewPasswordText: "La usará con su dirección de correo electrónico para iniciar sesión.",
		AttributesHeading: "Agregue sus datos", AttributesText: "Necesitamos algunos datos más para configurar su cuenta.",
		PickHeading: "Elija una cuenta", PickText: "para continuar a %s",
		FinishedHeading: "Este paso ha terminado", FinishedText: "Este inicio de sesión ya se ha completado. Puede cerrar esta página o volver a la aplicación para empezar de nuevo.",
		ErrorHeading:     "No hemos podido iniciar su sesión",
		SignedOutHeading: "Ha cerrado la sesión", SignedOutText: "Es recomendable cerrar todas las ventanas del explorador.",
		FormPostHeading: "Volviendo a la aplicación", FormPostText: "Si no ocurre nada, elija Continuar.",

		Email: "Correo electrónico", Password: "Contraseña", Code: "Código de verificación",
		NewPassword: "Contraseña nueva", ConfirmPassword: "Confirme la contraseña",
		PasswordRules: "De 8 a 256 caracteres, con al menos tres de estos tipos: minúsculas, mayúsculas, dígitos, símbolos.",
		Optional:      "opcional",
		Next:          "Siguiente", SignIn: "Iniciar sesión", Create: "Crear cuenta", Cancel: "Cancelar", Resend: "Enviar un código nuevo", Continue: "Continuar",
		NoAccount: "¿No tiene cuenta?", CreateOne: "Cree una", HaveAccount: "¿Ya tiene una cuenta?", SignInInstead: "Inicie sesión", UseAnother: "Usar otra cuenta",

		OutboxLead: "Este inquilino es emulado y no envía correo. Lea el código en su", OutboxLink: "bandeja de salida",
		Footer:    "Inquilino emulado %s",
		CodeSent:  "Se ha enviado un código nuevo. Los anteriores ya no sirven.",
		NotLinked: "Esta aplicación no está vinculada a ningún flujo de usuario, así que nadie puede registrarse aquí.",
		SignUpOff: "El registro está desactivado para esta aplicación. Inicie sesión con una cuenta existente.",

		EnterEmail: "Escriba una dirección de correo electrónico válida.", EnterPassword: "Escriba su contraseña.", EnterCode: "Escriba el código: %d dígitos.",
		UnknownAccount: "No hay ninguna cuenta con esta dirección de correo electrónico.",
		WrongPassword:  "La dirección de correo electrónico o la contraseña no son correctas.",
		Locked:         "Su cuenta está bloqueada temporalmente para evitar usos no autorizados. Inténtelo de nuevo dentro de un minuto.",
		Disabled:       "Esta cuenta se ha deshabilitado.",
		AccountExists:  "Ya existe una cuenta con esta dirección de correo electrónico. Inicie sesión.",
		WrongCode:      "Ese código no es correcto. Compruébelo e inténtelo de nuevo.",
		CodeUsedUp:     "Demasiados códigos incorrectos. Pida uno nuevo.",
		CodeExpired:    "Ese código ha caducado. Pida uno nuevo.",
		TooManyCodes:   "Se han enviado demasiados códigos. Cancele y empiece de nuevo más tarde.",
		PasswordLength: "La contraseña debe tener de 8 a 256 caracteres.", PasswordClasses: "La contraseña es demasiado sencilla: use al menos tres tipos de entre minúsculas, mayúsculas, dígitos y símbolos.",
		PasswordMismatch: "Las contraseñas no coinciden.",
		AttributeMissing: "Escriba un valor para «%s».", AttributeTooLong: "«%s» puede tener %d caracteres como máximo.",
		Busy: "No se ha podido guardar la cuenta porque el inquilino está ocupado. Inténtelo de nuevo.",

		ForgotPassword: "¿Ha olvidado la contraseña?",
		ForgotHeading:  "Restablezca su contraseña", ForgotText: "Escriba su dirección de correo electrónico. Le enviaremos un código para comprobar que es usted.",
		ResetHeading: "Elija una contraseña nueva", ResetText: "Sustituye a la anterior. Las aplicaciones conectadas le pedirán que inicie sesión de nuevo.",
		ResetPassword: "Guardar contraseña e iniciar sesión",
		NoPassword:    "Esta cuenta no tiene contraseña: se inicia sesión con un código enviado por correo electrónico.",
		CodesLocked:   "Demasiados códigos incorrectos para esta dirección de correo electrónico. Inténtelo de nuevo dentro de un minuto.",

		CodeSignInHeading: "Escriba el código",
		PasswordBanned:    "Elija una contraseña más difícil de adivinar.",
		PasswordGarbled:   "La contraseña contiene caracteres no permitidos.",

		ConsentHeading: "Se necesita la aprobación del administrador",
		ConsentText:    "%s necesita permisos que solo puede conceder un administrador de %s. Pídaselos e inténtelo de nuevo.",
		ReturnToApp:    "Volver a la aplicación sin iniciar sesión",

		ProblemsHeading: "Revise estos datos:", ChooseOption: "Elegir…",

		AttributeTooShort: "«%s» debe tener %d caracteres como mínimo.",
		AttributeGarbled:  "«%s» contiene caracteres no permitidos.",
		AttributePattern:  "«%s» no tiene la forma esperada.",
		AttributeNoNumber: "Escriba un número entero para «%s».",
		AttributeTooSmall: "«%s» debe ser %d o más.", AttributeTooLarge: "«%s» debe ser %d o menos.",
		AttributeNoOption: "Elija una de las opciones para «%s».",
		AttributeUnticked: "Marque la casilla para continuar: %s",

		ExpiredHeading: "Esta página ha caducado", ExpiredText: "El inicio de sesión ha tardado demasiado o se empezó en otro explorador. Vuelva a la aplicación y empiece de nuevo.",
		TraceID: "Id. de seguimiento", CorrelationID: "Id. de correlación", Timestamp: "Marca de tiempo", ErrorCode: "Código de error",
		AttributeLabels: spanishAttribute,
	}
}

func spanishAttribute(name string) string {
	switch name {
	case "city":
		return "Ciudad"
	case "country":
		return "País o región"
	case "displayName":
		return "Nombre para mostrar"
	case "givenName":
		return "Nombre"
	case "jobTitle":
		return "Puesto"
	case "postalCode":
		return "Código postal"
	case "state":
		return "Estado o provincia"
	case "streetAddress":
		return "Dirección"
	case "surname":
		return "Apellidos"
	}
	return name
}
