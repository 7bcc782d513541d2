# Prints what zsh offers for a line, one match a line. Usage: zsh -f complete.zsh SCRIPT source|fpath LINE
# Completion works on a terminal only: that of an inner zsh, in which TAB runs the completion functions and tells their
# matches. It sources this file too.
if [[ $1 == inner ]]; then
  compadd() {
    local -a found
    # Calls that only ask what would match (-O, -A, -D) offer nothing.
    if ! [[ " ${@[1,(i)(-|--)]} " =~ " -[a-zA-Z]*[OAD]" ]]; then
      builtin compadd -O found "$@"
      (( $#found )) && print -rl -- "<match "$^found">"
    fi
    builtin compadd "$@"
  }
  tell() {
    _main_complete
    compstate[list]= compstate[insert]=
    print "<the end>"
  }
  zle -C tell complete-word tell
  bindkey "^I" tell
  print "<the beginning>"
  return
fi

zmodload zsh/zpty || exit 3
script=$1 way=$2 line=$3
zpty inner zsh -f -i
{
  [[ $way == fpath ]] && zpty -w inner "fpath=(${(q)script:h} \$fpath)"
  zpty -w inner 'autoload -Uz compinit && compinit -D -u'
  [[ $way == source ]] && zpty -w inner "source ${(q)script}"
  zpty -w inner "source ${(q)0:A} inner"
  while zpty -r inner text; do [[ $text == *"<the beginning>"* ]] && break; done
  zpty -n -w inner "$line"$'\t'
  while zpty -r inner text; do
    [[ $text == *"<the end>"* ]] && break
    [[ $text =~ '<match ([^<>]*)>' ]] && print -r -- $match[1]
  done
} always {
  zpty -d inner
}
