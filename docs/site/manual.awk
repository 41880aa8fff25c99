# Usage: mandoc -T html -O fragment PAGE | awk -v name=NAME -v names=NAMES -f manual.awk
#
# Writes a manual page as a Markdown page that holds HTML. NAME is such as "sshtpm(1)"; NAMES are
# those of all our manual pages, with a blank between them, and their mentions become links.
#
# Markdown ends HTML at an empty line, so none is left.

BEGIN {
    count = split(names, ours, " ")
    print "# " name "\n\n<div class=\"manual\">"
}
/^<table class="(head|foot)">/ { in_frame = 1 }
in_frame { if (/^<\/table>/) in_frame = 0; next }
/<pre/ { in_pre = 1 }
# mandoc breaks a line there that begins with blanks.
in_pre && /^<br\/>$/ { next }
/^$/ { if (in_pre) line_breaks = line_breaks "&#10;"; next }
{
    # The name of the page is its first heading.
    gsub(/<h2/, "<h3"); gsub(/<\/h2>/, "</h3>")
    gsub(/<h1/, "<h2"); gsub(/<\/h1>/, "</h2>")
    for (i = 1; i <= count; i++) link(ours[i])
    print line_breaks $0
    line_breaks = ""
}
/<\/pre>/ { in_pre = 0 }
END { print "</div>" }

function link(manual,    bare, section, mention, place) {
    if (manual == name) return
    bare = substr(manual, 1, length(manual) - 3)
    section = substr(manual, length(manual) - 2)
    mention = "<b>" bare "</b>" section
    place = index($0, mention)
    if (place)
        $0 = substr($0, 1, place - 1) "<a href=\"" bare "." substr(section, 2, 1) ".html\">" \
            mention "</a>" substr($0, place + length(mention))
}
