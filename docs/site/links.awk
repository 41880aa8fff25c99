# Usage: awk -v page=PATH -v repository=URL -f links.awk FILES PAGES PAGE
#
# Writes PAGE, a Markdown page of this repository, as a page of the site. FILES names the files of
# the repository, and PAGES those that are pages of the site, a path from the root in each line.
#
# The directories of the site are those of the repository, so a link from page to page stays as it
# is. A link to another file goes to the repository on its forge. A picture goes into the page, and
# takes the colours of its text. A name such as `sshtpm(1)` becomes a link to that manual page.
# A link that leads nowhere is named, and the program fails.

FILENAME == ARGV[1] { note_file($0); next }
FILENAME == ARGV[2] { is_page[$0] = 1; next }
/^```/ { in_code = !in_code }
in_code { print; next }
/^!\[.*\]\(.*\.svg\)$/ { draw($0); next }
{ print with_manual_links(with_links($0)) }
END { exit failed }

function note_file(path) {
    is_file[path] = 1
    while (sub(/\/[^\/]*$/, "", path)) is_directory[path] = 1
}

function with_links(line,    done, target, before) {
    while (match(line, /\]\([^() ]+\)/)) {
        target = substr(line, RSTART + 2, RLENGTH - 3)
        before = substr(line, 1, RSTART + 1)
        line = substr(line, RSTART + RLENGTH)
        done = done before new_target(target) ")"
    }
    return done line
}

function new_target(target,    anchor, path) {
    if (target ~ /^(https?:|#)/) return target
    anchor = target
    if (sub(/^[^#]*/, "", anchor)) sub(/#.*/, "", target)
    path = resolved(target)
    if ((path "/README.md") in is_page) return target "/index.html" anchor
    if ((path ".md") in is_page) return target ".md" anchor
    if (path in is_page) {
        # mdBook calls these pages so.
        sub(/README\.md$/, "index.html", target)
        return target anchor
    }
    if (path in is_file) return repository "/blob/main/" path anchor
    if (path in is_directory) return repository "/tree/main/" path
    print page ": the link to " target " leads nowhere; correct it" >"/dev/stderr"
    failed = 1
    return target
}

# The path from the root of what the page calls `target`.
function resolved(target,    path, parts, count, depth, kept, i) {
    path = page
    if (!sub(/[^\/]*$/, "", path)) path = ""
    count = split(path target, parts, "/")
    for (i = 1; i <= count; i++) {
        if (parts[i] == "..") depth--
        else if (parts[i] != "." && parts[i] != "") kept[++depth] = parts[i]
    }
    path = kept[1]
    for (i = 2; i <= depth; i++) path = path "/" kept[i]
    return path
}

function with_manual_links(line,    done, name, manual) {
    while (match(line, /`[A-Za-z0-9.-]+\([1-8]\)`/)) {
        name = substr(line, RSTART, RLENGTH)
        manual = substr(name, 2, length(name) - 4) "." substr(name, length(name) - 2, 1)
        if (("docs/man/" manual ".md") in is_page)
            name = "[" name "](" to_root() "docs/man/" manual ".md)"
        done = done substr(line, 1, RSTART - 1) name
        line = substr(line, RSTART + RLENGTH)
    }
    return done line
}

function to_root(    ups, directories) {
    directories = page
    ups = gsub(/\//, "", directories)
    return ups == 2 ? "../../" : ups == 1 ? "../" : ""
}

# The file's own style chooses colours for a forge, where the picture is an image. In a page of the
# site it would contradict the theme that the reader chose.
function draw(line,    text, path, in_style) {
    text = line
    sub(/^!\[/, "", text)
    sub(/\]\(.*/, "", text)
    sub(/.*\]\(/, "", line)
    sub(/\)$/, "", line)
    path = resolved(line)
    if (!(path in is_file)) {
        print page ": there is no picture " line "; draw it with docs/site/draw" >"/dev/stderr"
        failed = 1
        return
    }
    print "<figure class=\"picture\" role=\"img\" aria-label=\"" text "\">"
    while ((getline line < path) > 0) {
        if (line ~ /^<style>/) in_style = 1
        if (!in_style && line != "") print line
        if (line ~ /<\/style>/) in_style = 0
    }
    close(path)
    print "</figure>"
}
