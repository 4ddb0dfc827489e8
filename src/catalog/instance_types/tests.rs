use super::*;

fn built_in(name: &str) -> &'static InstanceType {
    InstanceTypes::built_in().get(name).unwrap()
}

/// The messages of a file with this text, each with the place that it points at.
fn mistakes(text: &str) -> Vec<(String, String)> {
    let found = TypesFile::read("types.csv", text).unwrap_err();
    found.into_iter().map(|mistake| (text[mistake.start..mistake.end].to_owned(), mistake.message)).collect()
}

#[test]
fn an_instance_type_has_its_published_size_and_price() {
    let m5 = built_in("m5.large");
    assert_eq!((m5.vcpus, m5.memory_mib, m5.architecture.name(), m5.gpus), (2, 8_192, "x86_64", 0));
    assert_eq!(m5.on_demand_nano_usd_per_hour, Some(96_000_000), "0.096 USD");
    assert_eq!(built_in("g5.xlarge").gpus, 1);
    assert_eq!(built_in("m7g.large").architecture, Architecture::Arm64);
}

#[test]
fn prices_agree_with_the_list_prices_of_the_rule_book() {
    // CST-9 names these; the table is dated 2026-07-20 and differs in none of them.
    let listed = [
        ("t3.medium", 41_600_000),
        ("t3.large", 83_200_000),
        ("m5.large", 96_000_000),
        ("m5.xlarge", 192_000_000),
        ("m5.2xlarge", 384_000_000),
        ("m6i.large", 96_000_000),
        ("m7g.large", 81_600_000),
        ("m6g.large", 77_000_000),
        ("c5.large", 85_000_000),
        ("c5.xlarge", 170_000_000),
        ("c6g.large", 68_000_000),
        ("c6i.large", 85_000_000),
        ("r5.large", 126_000_000),
        ("r6g.large", 100_800_000),
    ];
    for (name, nano_usd) in listed {
        assert_eq!(built_in(name).on_demand_nano_usd_per_hour, Some(nano_usd), "{name}");
    }
}

/// CON-20, table 3a.
#[test]
fn an_instance_takes_one_awsvpc_task_less_than_it_has_interfaces_unless_trunking_is_on() {
    let limits = |name| {
        let listed = built_in(name);
        (listed.awsvpc_task_limit(false), listed.awsvpc_task_limit(true))
    };
    assert_eq!(limits("m5.large"), (2, 10));
    assert_eq!(limits("m6i.16xlarge"), (14, 120));
    assert_eq!(limits("m7g.medium"), (1, 4));
    assert_eq!(limits("m7i-flex.xlarge"), (3, 10));
    assert_eq!(limits("t3.xlarge"), (3, 3), "t3 knows no trunking");
}

#[test]
fn every_built_in_type_is_listed_once_with_a_size_and_a_price() {
    let table = InstanceTypes::built_in();
    assert_eq!(table.by_name.len(), table.all().len(), "a name is listed twice");
    assert!(table.all().len() > 300);
    for listed in table.all() {
        assert!(listed.on_demand_nano_usd_per_hour.is_some_and(|price| price > 0), "{}", listed.name);
        assert!(!listed.architecture.is_mac() && listed.max_enis > 1, "{}", listed.name);
    }
}

#[test]
fn a_misspelt_type_finds_its_neighbour() {
    let table = InstanceTypes::built_in();
    assert_eq!(table.get("m5.lrage"), None);
    assert_eq!(table.nearest("m5.lrage"), Some("m5.large"));
    assert_eq!(table.nearest("completely different"), None);
}

#[test]
fn a_file_adds_types_and_overrides_those_that_are_built_in() {
    let text = "instance_type,note,vcpu,memory_mib,arch,max_enis,on_demand_usd_per_hour_us_east_1\n\
                m5.large,ours,2,8192,x86_64,3,0.05\n\
                m99.huge,new,512,1048576,arm64,15,\n";
    let table = InstanceTypes::built_in().with(&TypesFile::read("types.csv", text).unwrap());
    assert_eq!(table.all().len(), InstanceTypes::built_in().all().len() + 1);
    let m5 = table.get("m5.large").unwrap();
    assert_eq!((m5.on_demand_nano_usd_per_hour, &*m5.source), (Some(50_000_000), "types.csv"));
    assert_eq!(m5.trunk_task_enis, Some(10), "the file has no such column: what is known stays");
    let new = table.get("m99.huge").unwrap();
    assert_eq!((new.vcpus, new.on_demand_nano_usd_per_hour, new.trunk_task_enis), (512, None, None));
    assert_eq!(table.all().last().unwrap().family(), "m99", "a new family comes after those that are known");
}

#[test]
fn a_blank_cell_says_that_nothing_is_known() {
    let text = "type,vcpu,memory_mib,arch,max_enis,on_demand_usd_per_hour\nm5.large,2,8192,x86_64,3,\n";
    let table = InstanceTypes::built_in().with(&TypesFile::read("types.csv", text).unwrap());
    assert_eq!(table.get("m5.large").unwrap().on_demand_nano_usd_per_hour, None);
}

#[test]
fn every_wrong_cell_of_a_file_is_named_at_its_place() {
    let text = "instance_type,vcpu,memory_mib,arch,max_enis,on_demand_usd_per_hour,spot_savings_pct\n\
                a.b,two,1024,arm64,2,0.1,\n\
                a.c,2,1024,arm65,2,0.1,\n\
                a.d,2,1024,arm64,2,-0.1,\n\
                a.e,2,1024,arm64,2,0.1,140\n\
                large,2,1024,arm64,2,0.1,\n\
                a.f,2,,arm64,2,0.1,\n";
    let found = mistakes(text);
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["two", "arm65", "-0.1", "140", "large", ""]);
    assert_eq!(found[0].1, "column \"vcpu\": expected a whole number from 1 to 65536, found \"two\"");
    assert!(found[1].1.contains("did you mean arm64?"), "{}", found[1].1);
    assert!(found[2].1.contains("US dollars an hour"), "{}", found[2].1);
    assert!(found[5].1.ends_with("found nothing"), "{}", found[5].1);
}

#[test]
fn a_type_that_stands_twice_in_a_file_is_refused_with_both_lines() {
    let text = "# ours\ntype,vcpu,memory_mib,arch,max_enis\na.b,1,1,arm64,2\na.b,2,1,arm64,2\n";
    let found = mistakes(text);
    assert_eq!(found[0].1, "the type \"a.b\" stands twice; the first is in line 3");
}

#[test]
fn columns_that_are_missing_are_all_named() {
    let found = mistakes("type,cpu,memory,arch\n");
    let messages: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(messages.len(), 3, "vcpu, memory_mib, max_enis: {messages:?}");
    assert!(messages[0].starts_with("expected a column \"vcpu\"; did you mean \"cpu\"?"), "{messages:?}");
}
