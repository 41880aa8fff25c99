# A stand-in for the part of nixpkgs' `lib` that nix/ uses, so that the module can be evaluated
# without nixpkgs. With NIXPKGS_LIB= the real one takes its place.
let
  inherit (builtins)
    all
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    hasAttr
    isAttrs
    isFunction
    isList
    isPath
    listToAttrs
    map
    sort
    ;

  kind = value: if isAttrs value then value._type or null else null;
  unique = foldl' (seen: name: if builtins.elem name seen then seen else seen ++ [ name ]) [ ];
  genAttrs =
    names: make:
    listToAttrs (
      map (name: {
        inherit name;
        value = make name;
      }) names
    );

  # What a definition has for a name. Conditions stay around it and are not looked at: one may
  # depend on another option of the same module.
  child =
    name: value:
    if kind value == "if" then
      map (mkIf value.condition) (child name value.content)
    else if kind value == "merge" then
      concatMap (child name) value.contents
    else if isAttrs value && hasAttr name value then
      [ value.${name} ]
    else
      [ ];
  names =
    value:
    if kind value == "if" then
      names value.content
    else if kind value == "merge" then
      concatMap names value.contents
    else
      attrNames value;

  # The values that hold, with priority and order.
  weighed =
    value:
    if kind value == "if" then
      if value.condition then weighed value.content else [ ]
    else if kind value == "merge" then
      concatMap weighed value.contents
    else if kind value == "override" then
      map (one: one // { inherit (value) priority; }) (weighed value.content)
    else if kind value == "order" then
      map (one: one // { order = value.priority; }) (weighed value.content)
    else
      [
        {
          inherit value;
          priority = 100;
          order = 1000;
        }
      ];
  merged =
    where: type: values:
    let
      all' = concatMap weighed values;
      least = foldl' (least: one: if one.priority < least then one.priority else least) 9999 all';
      held = sort (one: other: one.order < other.order) (filter (one: one.priority == least) all');
      found = map (one: one.value) held;
    in
    if all (type.check) found then
      type.merge where found
    else
      throw "${where} is not ${type.name}: ${builtins.toJSON found}";

  only =
    where: found:
    if all (one: one == builtins.head found) found then
      builtins.head found
    else
      throw "${where} has several values";
  scalar = name: check: {
    inherit name check;
    merge = only;
  };
  string = scalar "a string" (value: builtins.isString value || isPath value || value ? outPath);
  types = {
    bool = scalar "a bool" builtins.isBool;
    str = string;
    package = string;
    path = string;
    raw = scalar "anything" (_: true);
    lines = string // {
      merge = _: builtins.concatStringsSep "\n";
    };
    nullOr = type: type // { check = value: value == null || type.check value; };
    enum = words: scalar "one of ${builtins.toJSON words}" (word: builtins.elem word words);
    listOf = type: {
      name = "a list of what is ${type.name}";
      check = value: isList value && all type.check value;
      merge = _: concatLists;
    };
    attrsOf = type: {
      name = "a set";
      check = isAttrs;
      merge =
        where: found:
        let
          given = name: concatMap (child name) found;
          is = name: concatMap weighed (given name) != [ ];
        in
        genAttrs (filter is (unique (concatMap attrNames found))) (
          name: merged "${where}.${name}" type (given name)
        );
    };
    anything = {
      name = "anything";
      check = _: true;
      merge =
        where: found:
        if all isList found then
          concatLists found
        else if all (value: isAttrs value && !(value ? outPath)) found then
          (types.attrsOf types.anything).merge where found
        else
          only where found;
    };
  };

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkOption = option: option // { _type = "option"; };

  join =
    one: other:
    one
    // builtins.mapAttrs (
      name: value:
      if one ? ${name} && kind value != "option" then join one.${name} value else value
    ) other;

  values =
    where: options: definitions:
    let
      unknown = filter (name: !(options ? ${name})) (concatMap names definitions);
      value =
        name: option:
        let
          here = "${where}${name}";
          given = concatMap (child name) definitions;
          default = if option ? default then [ (mkOverride 1500 option.default) ] else [ ];
        in
        if kind option == "option" then
          merged here option.type (given ++ default)
        else
          values "${here}." option given;
    in
    if unknown == [ ] then
      builtins.mapAttrs value options
    else
      throw "there is no option ${where}${builtins.head unknown}";
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };

  evalModules =
    { modules, specialArgs }:
    let
      arguments = specialArgs // {
        inherit (result) config options;
      };
      load =
        module:
        if isPath module then
          load (import module)
        else if isFunction module then
          load (module arguments)
        else
          [ module ] ++ concatMap load (module.imports or [ ]);
      loaded = concatMap load modules;
      isLong = module: module ? options || module ? config;
      plain = module: removeAttrs module [ "imports" ];
      result = {
        options = foldl' join { } (map (module: module.options or { }) loaded);
        config = values "" result.options (
          map (module: if isLong module then module.config or { } else plain module) loaded
        );
      };
    in
    result;
in
{
  inherit
    evalModules
    genAttrs
    mkIf
    mkOption
    types
    ;
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkDefault = mkOverride 1000;
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkEnableOption =
    what:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether to enable ${what}.";
    };
  literalExpression = text: text;
  optional = condition: value: if condition then [ value ] else [ ];
  optionalAttrs = condition: set: if condition then set else { };
  concatStrings = builtins.concatStringsSep "";
  cleanSource = source: source;
  licenses = {
    mit = "MIT";
    asl20 = "Apache-2.0";
  };
  platforms.linux = [ "x86_64-linux" ];
}
