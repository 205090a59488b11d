# INPUT_FILTER of docs/Doxyfile: a header's plain // comments as Doxygen's, in the group of its module. Keeps the line numbers.
BEGIN {
  room = ARGV[1]
  sub(/.*include\/interprior\//, "", room)
  sub(/\/.*/, "", room)
}

function documented(line, mark) {
  gsub(/[<#@]/, "\\\\&", line)  # none of them is a tag, a link or a command
  sub(/\/\/ ?/, mark " ", line)
  return line
}

# Comment lines wait for what they describe.
/^ *\/\// {
  if (match($0, /\/\//) > 10) print documented($0, "///<")  # the end of a comment beside a member
  else waiting[++count] = $0
  next
}
{
  about_file = /^namespace /
  about_nothing = $0 == "" || /^#/
  for (i = 1; i <= count; i++) {
    mark = about_file && i == 1 ? "/// \\file \\ilinebr" : "///"
    print about_nothing ? waiting[i] : documented(waiting[i], mark)
  }
  count = 0
}
/^namespace interprior {/ { print $0 " /** \\addtogroup " room " */ /** @{ */"; next }
/^}  \/\/ namespace interprior$/ { print "/** @} */ }"; next }
/^[#}]/ || !/  \/\/ / { print; next }
{
  at = match($0, /  \/\/ /)
  print substr($0, 1, at - 1) documented(substr($0, at), "///<")
}
