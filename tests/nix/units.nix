# What systemd/ has, as far as a NixOS module has to repeat it: what wants which unit, the
# generators, and the users and groups.
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    head
    isList
    isString
    match
    readDir
    readFile
    split
    ;
  files = directory: attrNames (readDir directory);
  lines = file: filter isString (split "\n" (readFile file));
  words = line: filter (word: isString word && word != "") (split " +" line);

  # NixOS has a set for each kind of unit, whose names have no suffix.
  wanted =
    directory: kind:
    concatMap (
      file:
      let
        name = match "([^@]*)\\.${kind}" file;
        targets = filter isList (map (match "WantedBy=(.*)") (lines (directory + "/${file}")));
      in
      if name == null || targets == [ ] then
        [ ]
      else
        [
          {
            name = head name;
            wantedBy = words (head (head targets));
          }
        ]
    ) (files directory);
  sysusers = ../../systemd/sysusers.d;
  entries = concatMap (file: map words (lines (sysusers + "/${file}"))) (files sysusers);
  named =
    letter:
    let
      isIt = entry: entry != [ ] && head entry == letter;
    in
    map (entry: builtins.elemAt entry 1) (filter isIt entries);
in
{
  userSockets = wanted ../../systemd/user "socket";
  userServices = wanted ../../systemd/user "service";
  sockets = wanted ../../systemd/system "socket";
  services = wanted ../../systemd/system "service";
  generators = files ../../systemd/user-generators;
  groups = named "g";
  users = named "u";
}
