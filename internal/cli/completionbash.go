package cli

// bashWords comes after cobra's script for bash and replaces its beginning. That needs functions of the package
// bash-completion, and cuts an address at its @.
const bashWords = `
# ciam's own: words are put together again where bash has cut them (COMP_WORDBREAKS has : = @), up to the cursor.
__ciam_words()
{
    local i word rest line=${COMP_LINE:0:COMP_POINT}
    words=() cword=-1
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        word=${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then
            word=$rest
        fi
        if ((cword >= 0 && ${#rest} == ${#line})); then
            words[cword]+=$word
        else
            words[++cword]=$word
        fi
        line=${rest#"$word"}
    done
    cur=${words[cword]}
    prev=
    if ((cword > 0)); then
        prev=${words[cword-1]}
    fi
}

# What bash does not replace, since it has cut there, must not be in an answer. Where it completes host names, it leaves the @.
__ciam_handle_special_char() { :; }
__ciam_cut()
{
    local i typed=$1
    while [[ -n $typed && ! ($typed == *[:=@] && $COMP_WORDBREAKS == *"${typed: -1}"*) ]]; do
        typed=${typed%?}
    done
    if shopt -q hostcomplete; then
        typed=${typed%@}
    fi
    for i in ${!COMPREPLY[*]}; do
        COMPREPLY[i]=${COMPREPLY[i]#"$typed"}
    done
}

__start_ciam()
{
    local i cur prev words cword whole out directive
    COMPREPLY=()
    if ! declare -F _filedir >/dev/null; then
        _filedir() # of the package bash-completion, where that is not there
        {
            local kind=-f
            [[ ${1-} == -d ]] && kind=-d
            [[ $(type -t compopt) == builtin ]] && compopt -o filenames
            local IFS=$'\n'
            COMPREPLY+=($(compgen $kind -- "$cur"))
        }
    fi
    __ciam_words
    whole=$cur
    __ciam_get_completion_results # which leaves of --flag=value the value
    __ciam_process_completion_results
    if [[ $cur != "$whole" && $COMP_WORDBREAKS != *=* ]]; then
        for i in ${!COMPREPLY[*]}; do
            COMPREPLY[i]=${whole%%=*}=${COMPREPLY[i]}
        done
        cur=$whole
    fi
    __ciam_cut "$cur"
}
`
