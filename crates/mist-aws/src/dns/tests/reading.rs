//! What the record sets of a zone mean, and how its pages follow each other.

use mist_core::dns::set::RecordSet;

use super::*;

/// The only set of a zone.
async fn read(set: &str) -> RecordSet {
    let page = route53(&[&listing(set)]).page("Z1", None).await.unwrap();
    assert_eq!((page.sets.len(), page.next), (1, None));
    page.sets[0].clone()
}

/// The record in the only set of a zone, or the reason why mist cannot move it.
async fn record(set: &str) -> Result<Record, String> {
    read(set).await.record("Z1")
}

fn alias_set(kind: &str) -> String {
    format!(
        "<ResourceRecordSet><Name>qa.mist.test.</Name><Type>{kind}</Type><AliasTarget>\
         <HostedZoneId>Z117KPS5GTRQ2G</HostedZoneId><DNSName>{A}</DNSName>\
         <EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>"
    )
}

#[tokio::test]
async fn reads_a_cname_exactly_as_it_is_written() {
    assert_eq!(record(&cname_set("qa.mist.test.", 300, &[A])).await, Ok(cname(A, 300)));
}

#[tokio::test]
async fn reads_the_aliases_of_both_address_types_with_their_zone() {
    for (kind, text) in [(RecordKind::A, "A"), (RecordKind::Aaaa, "AAAA")] {
        let expected = Record { which: which(kind), ..alias(A) };
        assert_eq!(record(&alias_set(text)).await, Ok(expected));
    }
}

#[tokio::test]
async fn unsupported_records_are_read_with_the_reason() {
    insta::assert_snapshot!(record(&weighted_set("blue")).await.unwrap_err(), @"is weighted, or chosen by a routing policy");
    let two = cname_set("qa.mist.test.", 60, &[A, B]);
    insta::assert_snapshot!(record(&two).await.unwrap_err(), @"does not have exactly one value");
    let addresses = "<ResourceRecordSet><Name>qa.mist.test.</Name><Type>A</Type><TTL>60</TTL>\
        <ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>\
        </ResourceRecords></ResourceRecordSet>";
    insta::assert_snapshot!(record(addresses).await.unwrap_err(), @"is no alias");
    let checked = cname_set("qa.mist.test.", 60, &[A])
        .replace("</ResourceRecords>", "</ResourceRecords><HealthCheckId>abc</HealthCheckId>");
    insta::assert_snapshot!(record(&checked).await.unwrap_err(), @"has a health check");
    let policy = cname_set("qa.mist.test.", 60, &[A]).replace(
        "</ResourceRecords>",
        "</ResourceRecords><TrafficPolicyInstanceId>abc</TrafficPolicyInstanceId>",
    );
    insta::assert_snapshot!(record(&policy).await.unwrap_err(), @"belongs to a traffic policy");
}

#[tokio::test]
async fn a_wildcard_has_its_star() {
    let wildcard = read(&cname_set("\\052.mist.test.", 60, &[A])).await;
    assert_eq!(wildcard.name, "*.mist.test");
    assert_eq!(wildcard.record("Z1").unwrap_err(), "is a wildcard");
}

#[tokio::test]
async fn only_sets_that_may_point_to_an_environment_are_read() {
    let typed = |kind: &str, value: &str| {
        cname_set("qa.mist.test.", 60, &[value])
            .replace("<Type>CNAME</Type>", &format!("<Type>{kind}</Type>"))
    };
    let sets = [
        typed("SOA", "ns.mist.test. hostmaster.mist.test. 1 7200 900 1209600 86400"),
        typed("TXT", "\"v=spf1 -all\""),
        typed("HTTPS", &format!("1 {A} alpn=h2")),
    ];
    let page = route53(&[&listing(&sets.concat())]).page("Z1", None).await.unwrap();
    assert_eq!((page.sets.len(), page.sets[0].targets.as_slice()), (1, &[A.to_owned()][..]));
}

#[tokio::test]
async fn a_page_continues_where_the_last_one_ended() {
    let end = "<IsTruncated>true</IsTruncated><NextRecordName>uat.mist.test.</NextRecordName>\
        <NextRecordType>CNAME</NextRecordType><NextRecordIdentifier>blue</NextRecordIdentifier>";
    let first = page(&cname_set("qa.mist.test.", 60, &[A]), end);
    let last = mock!(Client::list_resource_record_sets)
        .match_requests(|input| {
            input.start_record_name() == Some("uat.mist.test.")
                && input.start_record_type() == Some(&RrType::Cname)
                && input.start_record_identifier() == Some("blue")
        })
        .then_http_response(|| {
            answer(200, &[], "<ListResourceRecordSetsResponse><ResourceRecordSets/><IsTruncated>false</IsTruncated><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>")
        });
    let route53 = route53(&[&first, &last]);
    let next = route53.page("Z1", None).await.unwrap().next;
    assert_eq!(route53.page("Z1", next.as_ref()).await.unwrap().next, None);
}

#[tokio::test]
async fn a_list_that_does_not_go_on_is_an_error() {
    let error = route53(&[&page("", "<IsTruncated>true</IsTruncated>")]).page("Z1", None).await;
    assert_eq!(error.unwrap_err().code(), "Mist.ServiceFailed");
}

#[tokio::test]
async fn names_a_missing_hosted_zone() {
    let rule = mock!(Client::list_resource_record_sets).then_http_response(|| {
        xml_error(404, "NoSuchHostedZone", "No hosted zone found with ID: Z1")
    });
    let error = route53(&[&rule]).page("Z1", None).await.unwrap_err();
    insta::assert_snapshot!(told(&error), @"Mist.HostedZoneMissing: hosted zone `Z1` does not exist; correct `hostedZoneId` in mist.yaml");
}
